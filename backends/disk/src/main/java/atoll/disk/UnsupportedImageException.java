package atoll.disk;

import java.io.IOException;

/** An image asks for what is not known here. */
final class UnsupportedImageException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * Says what is not known.
   *
   * @param property follows the image's name
   */
  UnsupportedImageException(Storage image, String property, String expected) {
    super(
        "disk image %s %s, which is not known here; expected %s"
            .formatted(image.name(), property, expected));
  }
}

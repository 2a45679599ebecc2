package atoll.disk;

import java.io.IOException;

/** An image contradicts itself. */
final class DamagedImageException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * Says what is wrong.
   *
   * @param problem follows the image's name
   */
  DamagedImageException(Storage image, String problem) {
    super("disk image %s %s: it is damaged".formatted(image.name(), problem));
  }
}

package atoll.manager;

import java.util.Objects;

/**
 * The picture of a VM's display.
 *
 * @param lit whether the guest shows it now; otherwise it is the last one that was shown
 * @param png the picture as the content of a PNG file
 */
public record Screenshot(int width, int height, boolean lit, Bytes png) {
  public Screenshot {
    Objects.requireNonNull(png, "png");
  }
}

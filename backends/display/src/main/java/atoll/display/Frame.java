package atoll.display;

/**
 * A picture at one moment.
 *
 * @param pixels by rows, {@code 0x00RRGGBB}
 */
@SuppressWarnings("ArrayRecordComponent") // millions of pixels, which nobody compares
public record Frame(int width, int height, int[] pixels) {
  public Frame {
    if (width <= 0 || height <= 0 || pixels.length != (long) width * height) {
      throw new IllegalArgumentException(
          "%d pixels for a picture of %d x %d".formatted(pixels.length, width, height));
    }
  }
}

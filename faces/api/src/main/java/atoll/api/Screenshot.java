package atoll.api;

/** The picture of a VM's display at one moment. */
public final class Screenshot {
  private final int width;
  private final int height;
  private final boolean lit;
  private final byte[] png;

  Screenshot(int width, int height, boolean lit, byte[] png) {
    this.width = width;
    this.height = height;
    this.lit = lit;
    this.png = png;
  }

  /**
   * How wide it is.
   *
   * @return pixels of a row
   */
  public int width() {
    return width;
  }

  /**
   * How high it is.
   *
   * @return rows
   */
  public int height() {
    return height;
  }

  /**
   * Whether the guest shows it now.
   *
   * @return false if it is the last one that was shown
   */
  public boolean lit() {
    return lit;
  }

  /**
   * The picture.
   *
   * @return a copy of the content of a PNG file
   */
  public byte[] png() {
    return png.clone();
  }

  @Override
  public String toString() {
    return "%d x %d, %s".formatted(width, height, lit ? "lit" : "dark");
  }
}

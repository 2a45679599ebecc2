package atoll.virtio;

import java.nio.ByteBuffer;

/**
 * A part of a picture, as a driver gives it (§5.7.6.8): four unsigned numbers, of which {@link
 * #within} says whether they make sense.
 */
record GpuRectangle(int x, int y, int width, int height) {
  static final int SIZE = 16;

  /** The next {@link #SIZE} bytes. */
  static GpuRectangle read(ByteBuffer from) {
    return new GpuRectangle(from.getInt(), from.getInt(), from.getInt(), from.getInt());
  }

  /** Whether it has pixels, and all of them are among {@code w} x {@code h}. */
  boolean within(int w, int h) {
    return width > 0
        && height > 0
        && x >= 0
        && y >= 0
        && (long) x + width <= w
        && (long) y + height <= h;
  }

  /** What this and another have in common; without pixels if that is nothing. */
  GpuRectangle and(GpuRectangle other) {
    int left = Math.max(x, other.x);
    int top = Math.max(y, other.y);
    int right = Math.min(x + width, other.x + other.width);
    int bottom = Math.min(y + height, other.y + other.height);
    return new GpuRectangle(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
  }

  boolean empty() {
    return width == 0 || height == 0;
  }
}

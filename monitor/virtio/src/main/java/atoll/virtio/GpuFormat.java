package atoll.virtio;

/** How a pixel's four bytes are laid out in a resource (§5.7.6.8), in their order in memory. */
enum GpuFormat {
  B8G8R8A8(1, true),
  B8G8R8X8(2, false),
  A8R8G8B8(3, true),
  X8R8G8B8(4, false),
  R8G8B8A8(67, true),
  X8B8G8R8(68, false),
  A8B8G8R8(121, true),
  R8G8B8X8(134, false);

  /** Bytes of a pixel, in all of them. */
  static final int PIXEL = 4;

  private static final int OPAQUE = 0xff00_0000;

  private final int number;
  private final boolean alpha;

  GpuFormat(int number, boolean alpha) {
    this.number = number;
    this.alpha = alpha;
  }

  int number() {
    return number;
  }

  /** The one of a number, or null. */
  static GpuFormat of(int number) {
    for (GpuFormat format : values()) {
      if (format.number == number) {
        return format;
      }
    }
    return null;
  }

  /** Makes {@code 0x??RRGGBB} of the first {@code count} pixels, read as little-endian words. */
  void order(int[] pixels, int count) {
    switch (this) {
      case B8G8R8A8, B8G8R8X8 -> {} // It is that already.
      case A8R8G8B8, X8R8G8B8 -> {
        for (int i = 0; i < count; i++) {
          pixels[i] = Integer.reverseBytes(pixels[i]);
        }
      }
      case R8G8B8A8, R8G8B8X8 -> {
        for (int i = 0; i < count; i++) {
          pixels[i] = Integer.rotateRight(Integer.reverseBytes(pixels[i]), Byte.SIZE);
        }
      }
      case A8B8G8R8, X8B8G8R8 -> {
        for (int i = 0; i < count; i++) {
          pixels[i] = Integer.rotateRight(pixels[i], Byte.SIZE);
        }
      }
    }
  }

  /** The same with the pixel's alpha as the highest byte, or all of it where there is none. */
  void orderWithAlpha(int[] pixels) {
    order(pixels, pixels.length);
    for (int i = 0; !alpha && i < pixels.length; i++) {
      pixels[i] |= OPAQUE;
    }
  }
}

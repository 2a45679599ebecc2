package atoll.display;

import java.nio.ByteBuffer;

/**
 * How a viewer wants pixels (RFC 6143 §7.4).
 *
 * @param bits of a pixel: 8, 16 or 32
 * @param depth bits of them that are used
 * @param big whether the highest byte comes first
 * @param mapped whether pixels are numbers of colours; then these are two bits of blue below three
 *     of green below three of red
 */
record PixelFormat(
    int bits,
    int depth,
    boolean big,
    boolean mapped,
    int redMax,
    int greenMax,
    int blueMax,
    int redShift,
    int greenShift,
    int blueShift) {
  /** Bytes of one on the wire. */
  static final int SIZE = 16;

  /** What pictures are here, and what a viewer gets that asks for nothing else. */
  static final PixelFormat OWN = new PixelFormat(32, 24, false, false, 255, 255, 255, 16, 8, 0);

  /** Colours that have a number, if pixels are numbers. */
  static final int COLOURS = 256;

  /** As a viewer says it; the next {@link #SIZE} bytes. */
  static PixelFormat read(ByteBuffer from) {
    int bits = from.get() & 0xff;
    int depth = from.get() & 0xff;
    boolean big = from.get() != 0;
    boolean mapped = from.get() == 0;
    int red = from.getShort() & 0xffff;
    int green = from.getShort() & 0xffff;
    int blue = from.getShort() & 0xffff;
    int redShift = from.get() & 0xff;
    int greenShift = from.get() & 0xff;
    int blueShift = from.get() & 0xff;
    from.position(from.position() + 3);
    return mapped
        ? new PixelFormat(bits, depth, big, true, 7, 7, 3, 5, 2, 0)
        : new PixelFormat(
            bits, depth, big, false, red, green, blue, redShift, greenShift, blueShift);
  }

  /** Whether pixels can be made so. */
  boolean possible() {
    boolean sizes = bits == 8 || !mapped && (bits == 16 || bits == 32);
    return sizes
        && fits(redMax, redShift)
        && fits(greenMax, greenShift)
        && fits(blueMax, blueShift);
  }

  private boolean fits(int max, int shift) {
    return Integer.bitCount(max + 1) == 1
        && shift < Integer.SIZE
        && (long) max << shift <= -1L >>> Long.SIZE - bits;
  }

  void write(ByteBuffer to) {
    to.put((byte) bits).put((byte) depth).put((byte) (big ? 1 : 0)).put((byte) (mapped ? 0 : 1));
    to.putShort((short) redMax).putShort((short) greenMax).putShort((short) blueMax);
    to.put((byte) redShift).put((byte) greenShift).put((byte) blueShift).put(new byte[3]);
  }

  int bytes() {
    return bits / Byte.SIZE;
  }

  /** A pixel of a picture as a viewer's. */
  int of(int rgb) {
    return part(rgb >> 16, redMax) << redShift
        | part(rgb >> 8, greenMax) << greenShift
        | part(rgb, blueMax) << blueShift;
  }

  private static int part(int colour, int max) {
    return ((colour & 0xff) * max + 127) / 255;
  }

  /** Puts a viewer's pixel. */
  void put(int pixel, ByteBuffer to) {
    for (int n = 0; n < bytes(); n++) {
      to.put((byte) (pixel >> Byte.SIZE * (big ? bytes() - 1 - n : n)));
    }
  }

  /**
   * Which byte of a pixel in a compressed form is left out (RFC 6143 §7.7.5): the highest or the
   * lowest of four whose others have all colours.
   *
   * @return as bits to be shifted right before three bytes are sent, or -1 if all are sent
   */
  int compressedShift() {
    if (bits != 32 || mapped || depth > 24) {
      return -1;
    }
    int used = redMax << redShift | greenMax << greenShift | blueMax << blueShift;
    if ((used & 0xff00_0000) == 0) {
      return 0;
    }
    return (used & 0xff) == 0 ? Byte.SIZE : -1;
  }

  /** The messages's part about a colour: red, green and blue of 16 bits each (§7.6.2). */
  void colour(int number, ByteBuffer to) {
    to.putShort((short) ((number >> redShift & redMax) * 0xffff / redMax));
    to.putShort((short) ((number >> greenShift & greenMax) * 0xffff / greenMax));
    to.putShort((short) ((number >> blueShift & blueMax) * 0xffff / blueMax));
  }
}

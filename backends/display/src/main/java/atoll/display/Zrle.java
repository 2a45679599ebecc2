package atoll.display;

import java.nio.ByteBuffer;
import java.util.zip.Deflater;

/**
 * ZRLE (RFC 6143 §7.7.6): tiles of 64 by 64 pixels as one colour, a few colours, runs or pixels,
 * and all of it as one zlib stream for each viewer.
 */
final class Zrle implements AutoCloseable {
  private static final int TILE = 64;
  private static final int MOST_COLOURS = 16;
  private static final int RAW = 0;
  private static final int ONE_COLOUR = 1;
  private static final int RUNS = 128;

  private final Deflater stream = new Deflater(Deflater.BEST_SPEED);
  private final int[] palette = new int[MOST_COLOURS];
  private final int[] tile = new int[TILE * TILE];
  private final ByteBuffer plain;
  private int colours;
  private int runs;

  /**
   * @param most pixels of an area
   */
  Zrle(int most) {
    plain = ByteBuffer.allocate(room(most));
  }

  /** Bytes that an area of so many pixels takes at most, its length included. */
  static int room(int pixels) {
    int raw = 4 * pixels + pixels / TILE + 64;
    return raw + raw / 1000 + 128;
  }

  /** Puts an area's pixels, which are 0x00RRGGBB, behind its header. */
  void put(Area area, int[] pixels, PixelFormat format, ByteBuffer out) {
    plain.clear();
    for (int y = 0; y < area.height(); y += TILE) {
      for (int x = 0; x < area.width(); x += TILE) {
        int wide = Math.min(TILE, area.width() - x);
        int high = Math.min(TILE, area.height() - y);
        take(pixels, area.width(), y * area.width() + x, wide, high, format);
        put(wide, high, format);
      }
    }
    deflate(out);
  }

  private void deflate(ByteBuffer out) {
    int length = out.position();
    out.putInt(0);
    stream.setInput(plain.flip());
    int before;
    do {
      before = out.position();
      stream.deflate(out, Deflater.SYNC_FLUSH);
    } while (out.position() > before && !stream.needsInput());
    out.putInt(length, out.position() - length - Integer.BYTES);
  }

  /** Takes a tile's pixels in the viewer's format, and counts its colours and runs. */
  private void take(int[] pixels, int stride, int from, int wide, int high, PixelFormat format) {
    colours = 0;
    runs = 0;
    int last = 0;
    int lastColour = 0;
    for (int i = 0; i < wide * high; i++) {
      int rgb = pixels[from + i / wide * stride + i % wide];
      if (i == 0 || rgb != lastColour) {
        lastColour = rgb;
        last = format.of(rgb);
        runs++;
        note(last);
      }
      tile[i] = last;
    }
  }

  private void note(int pixel) {
    int n = 0;
    while (n < Math.min(colours, MOST_COLOURS) && palette[n] != pixel) {
      n++;
    }
    if (n == colours && n < MOST_COLOURS) {
      palette[colours++] = pixel;
    } else if (n == MOST_COLOURS) {
      colours = MOST_COLOURS + 1;
    }
  }

  private void put(int wide, int high, PixelFormat format) {
    int count = wide * high;
    if (colours == 1) {
      plain.put((byte) ONE_COLOUR);
      pixel(palette[0], format);
    } else if (colours <= MOST_COLOURS) {
      packed(wide, high, format);
    } else if (2 * runs < count) {
      runs(count, format);
    } else {
      plain.put((byte) RAW);
      for (int i = 0; i < count; i++) {
        pixel(tile[i], format);
      }
    }
  }

  /** Numbers of colours, one, two or four bits each, rows in whole bytes. */
  private void packed(int wide, int high, PixelFormat format) {
    plain.put((byte) colours);
    for (int n = 0; n < colours; n++) {
      pixel(palette[n], format);
    }
    int bits = colours <= 2 ? 1 : colours <= 4 ? 2 : 4;
    for (int y = 0; y < high; y++) {
      int packed = 0;
      int filled = 0;
      for (int x = 0; x < wide; x++) {
        packed = packed << bits | number(tile[y * wide + x]);
        filled += bits;
        if (filled == Byte.SIZE || x == wide - 1) {
          plain.put((byte) (packed << Byte.SIZE - filled));
          packed = 0;
          filled = 0;
        }
      }
    }
  }

  private int number(int pixel) {
    int n = 0;
    while (palette[n] != pixel) {
      n++;
    }
    return n;
  }

  /** A colour, and one less than how often, in bytes of which only the last is not 255. */
  private void runs(int count, PixelFormat format) {
    plain.put((byte) RUNS);
    for (int i = 0; i < count; ) {
      int end = i + 1;
      while (end < count && tile[end] == tile[i]) {
        end++;
      }
      pixel(tile[i], format);
      int more = end - i - 1;
      for (; more >= 255; more -= 255) {
        plain.put((byte) 255);
      }
      plain.put((byte) more);
      i = end;
    }
  }

  private void pixel(int pixel, PixelFormat format) {
    int shift = format.compressedShift();
    if (shift < 0) {
      format.put(pixel, plain);
      return;
    }
    int three = pixel >>> shift;
    for (int n = 0; n < 3; n++) {
      plain.put((byte) (three >> Byte.SIZE * (format.big() ? 2 - n : n)));
    }
  }

  @Override
  public void close() {
    stream.end();
  }
}

package atoll.virtio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** What a monitor says of itself: VESA's Enhanced EDID Standard, release A.2 (EDID 1.4). */
final class Edid {
  /** Bytes of it. */
  static final int SIZE = 128;

  private static final long HEADER = 0x00ff_ffff_ffff_ff00L;
  private static final int MAKER = maker("ATL");
  private static final int PRODUCT = 1;
  private static final int YEAR = 2026 - 1990;
  private static final int VERSION = 1;
  private static final int REVISION = 4;
  private static final int DIGITAL_8_BIT = 0xa5; // §3.6.1: digital, 8 bits a colour, DisplayPort
  private static final int GAMMA_2_2 = 120; // §3.6.3: times 100, minus 100
  private static final int FEATURES = 0x06; // §3.6.4: sRGB; the first timing is the native one

  /** §3.7: the chromaticities of sRGB. */
  private static final byte[] SRGB = {
    (byte) 0xee, (byte) 0x91, (byte) 0xa3, 0x54, 0x4c, (byte) 0x99, 0x26, 0x0f, 0x50, 0x54
  };

  private static final int UNUSED_TIMING = 0x0101; // §3.9
  private static final int STANDARD_TIMINGS = 8;
  private static final int NAME = 0xfc; // §3.10.3.4
  private static final int DUMMY = 0x10; // §3.10.3.11
  private static final int DESCRIPTOR_TEXT = 13;

  // VESA's coordinated timings with reduced blanking (CVT 1.2, §3.3).
  private static final int BLANK = 160;
  private static final int SYNC_OFFSET = 48;
  private static final int SYNC_WIDTH = 32;
  private static final int LINES_OFFSET = 3;
  private static final int LINES_SYNC = 6;
  private static final int LEAST_LINES = LINES_OFFSET + LINES_SYNC + 6;
  private static final double BLANK_SECONDS = 460e-6;
  private static final int REFRESH = 60;
  private static final int CLOCK_UNIT = 10_000;
  private static final int MOST_CLOCK = 0xffff;

  private Edid() {}

  /** That of a monitor with so many pixels, below 4096 in each direction. */
  static byte[] of(int width, int height) {
    ByteBuffer edid = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    edid.putLong(HEADER);
    edid.putShort(Short.reverseBytes((short) MAKER)).putShort((short) PRODUCT).putInt(0);
    edid.put((byte) 0).put((byte) YEAR).put((byte) VERSION).put((byte) REVISION);
    edid.put((byte) DIGITAL_8_BIT);
    edid.put((byte) centimetres(width)).put((byte) centimetres(height));
    edid.put((byte) GAMMA_2_2).put((byte) FEATURES).put(SRGB);
    edid.put((byte) established1(width, height)).put((byte) established2(width, height));
    edid.put((byte) 0);
    for (int n = 0; n < STANDARD_TIMINGS; n++) {
      edid.putShort((short) UNUSED_TIMING);
    }
    timing(edid, width, height);
    descriptor(edid, NAME, "%-13s".formatted("Atoll\n"));
    descriptor(edid, DUMMY, "\0".repeat(DESCRIPTOR_TEXT));
    descriptor(edid, DUMMY, "\0".repeat(DESCRIPTOR_TEXT));
    edid.put((byte) 0); // No extension follows.
    edid.put((byte) -sum(edid.array()));
    return edid.array();
  }

  /** Three letters of five bits each (§3.4.1). */
  private static int maker(String letters) {
    return letters.chars().reduce(0, (all, letter) -> all << 5 | letter - 'A' + 1);
  }

  /** As if it had 96 dots an inch. */
  private static int millimetres(int pixels) {
    return pixels * 254 / 960;
  }

  private static int centimetres(int pixels) {
    return Math.clamp(millimetres(pixels) / 10, 1, 255);
  }

  /** §3.8: 640 x 480 and 800 x 600 at 60 Hz, if they fit. */
  private static int established1(int width, int height) {
    return (fits(width, height, 640, 480) ? 0x20 : 0) | (fits(width, height, 800, 600) ? 1 : 0);
  }

  /** §3.8: 1024 x 768 at 60 Hz. */
  private static int established2(int width, int height) {
    return fits(width, height, 1024, 768) ? 8 : 0;
  }

  private static boolean fits(int width, int height, int w, int h) {
    return w <= width && h <= height;
  }

  /** §3.10.2: the native timing. */
  private static void timing(ByteBuffer edid, int width, int height) {
    double line = (1.0 / REFRESH - BLANK_SECONDS) / height;
    int lines = Math.max((int) Math.ceil(BLANK_SECONDS / line) + 1, LEAST_LINES);
    long clock = (long) (width + BLANK) * (height + lines) * REFRESH / CLOCK_UNIT;
    edid.putShort((short) Math.min(clock, MOST_CLOCK)); // A larger one at fewer pictures a second.
    edid.put((byte) width).put((byte) BLANK).put((byte) (width >> 8 << 4 | BLANK >> 8));
    edid.put((byte) height).put((byte) lines).put((byte) (height >> 8 << 4 | lines >> 8));
    edid.put((byte) SYNC_OFFSET).put((byte) SYNC_WIDTH);
    edid.put((byte) (LINES_OFFSET << 4 | LINES_SYNC)).put((byte) 0);
    int w = millimetres(width);
    int h = millimetres(height);
    edid.put((byte) w).put((byte) h).put((byte) (w >> 8 << 4 | h >> 8));
    edid.put((byte) 0).put((byte) 0).put((byte) 0x1e); // §3.10.2: no border; digital, both syncs +
  }

  /** §3.10.3: text is ended by a line feed and filled up with blanks. */
  private static void descriptor(ByteBuffer edid, int tag, String text) {
    edid.putShort((short) 0).put((byte) 0).put((byte) tag).put((byte) 0);
    edid.put(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static int sum(byte[] bytes) {
    int sum = 0;
    for (byte each : bytes) {
      sum += each;
    }
    return sum;
  }
}

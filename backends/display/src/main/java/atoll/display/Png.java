package atoll.display;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/** Pictures as PNG files (ISO/IEC 15948): eight bits for each of red, green and blue. */
public final class Png {
  private static final long SIGNATURE = 0x8950_4e47_0d0a_1a0aL; // §5.2
  private static final int BITS = 8;
  private static final int TRUE_COLOUR = 2; // §11.2.2
  private static final int UP = 2; // §9.2: each byte less the one above it

  private Png() {}

  /** The file's bytes. */
  public static byte[] of(Frame frame) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(file)) {
      out.writeLong(SIGNATURE);
      chunk(out, "IHDR", header(frame));
      chunk(out, "IDAT", rows(frame));
      chunk(out, "IEND", new byte[0]);
    } catch (IOException e) {
      throw new UncheckedIOException("an array cannot fail to be written", e);
    }
    return file.toByteArray();
  }

  private static byte[] header(Frame frame) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(frame.width());
      out.writeInt(frame.height());
      out.write(new byte[] {BITS, TRUE_COLOUR, 0, 0, 0});
    }
    return bytes.toByteArray();
  }

  private static byte[] rows(Frame frame) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] row = new byte[1 + 3 * frame.width()];
    row[0] = UP;
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
      for (int y = 0; y < frame.height(); y++) {
        fill(row, frame, y);
        out.write(row);
      }
    }
    return bytes.toByteArray();
  }

  private static void fill(byte[] row, Frame frame, int y) {
    int[] pixels = frame.pixels();
    int start = y * frame.width();
    for (int x = 0; x < frame.width(); x++) {
      int here = pixels[start + x];
      int above = y == 0 ? 0 : pixels[start + x - frame.width()];
      row[3 * x + 1] = (byte) ((here >> 16) - (above >> 16));
      row[3 * x + 2] = (byte) ((here >> 8) - (above >> 8));
      row[3 * x + 3] = (byte) (here - above);
    }
  }

  /** §5.3: length, type, data, and a checksum of the last two. */
  private static void chunk(DataOutputStream out, String type, byte[] data) throws IOException {
    CRC32 crc = new CRC32();
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    crc.update(name);
    crc.update(data);
    out.writeInt(data.length);
    out.write(name);
    out.write(data);
    out.writeInt((int) crc.getValue());
  }
}

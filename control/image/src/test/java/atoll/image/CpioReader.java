package atoll.image;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the {@code newc} format strictly, as the kernel's unpacker does. */
final class CpioReader {
  /** One entry. */
  record Entry(int mode, int links, int major, int minor, String text) {}

  private CpioReader() {}

  static Map<String, Entry> read(byte[] archive) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (int at = 0; ; ) {
      if (!text(archive, at, 6).equals("070701")) {
        throw new IllegalArgumentException("no header at " + at);
      }
      int size = field(archive, at, 6);
      int nameLength = field(archive, at, 11);
      String name = text(archive, at + 110, nameLength - 1);
      int content = at + 110 + nameLength + 3 & ~3;
      if (name.equals("TRAILER!!!")) {
        return entries;
      }
      entries.put(
          name,
          new Entry(
              field(archive, at, 1),
              field(archive, at, 4),
              field(archive, at, 9),
              field(archive, at, 10),
              text(archive, content, size)));
      at = content + size + 3 & ~3;
    }
  }

  private static int field(byte[] archive, int at, int number) {
    return Integer.parseUnsignedInt(text(archive, at + 6 + 8 * number, 8), 16);
  }

  private static String text(byte[] archive, int at, int length) {
    return new String(archive, at, length, StandardCharsets.UTF_8);
  }
}

package atoll.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads names as {@code nm} and Linux list them: {@code ffffffff80002000 T _stext}, one a line. */
final class SymbolListReader {
  /** Address, kind and name; {@code /proc/kallsyms} adds the module. Undefined ones have none. */
  private static final Pattern LINE =
      Pattern.compile("([0-9a-fA-F]{8,16}) ([BDGRSTVWbdgrstvwi]) (\\S+)(\\s+\\[\\S+])?\\s*");

  private static final String CODE = "TtWw";
  private static final int PIECE = 1 << 20;
  private static final int LONGEST_LINE = 4096;

  /** A list says no sizes: a name holds until the next one, but not for ever. */
  private static final long FAR = 1 << 16;

  private SymbolListReader() {}

  /** Reads all; a line of another form ends the list, since it is none then. */
  static void read(ElfSymbolReader.Source source, SymbolCollector found) throws IOException {
    StringBuilder line = new StringBuilder();
    int piece = PIECE;
    for (long at = 0; piece > 0; ) {
      ByteBuffer bytes = part(source, at, piece);
      if (bytes == null) {
        piece /= 2; // the end is nearer
        continue;
      }
      at += piece;
      if (!lines(bytes, line, found)) {
        return;
      }
    }
    boolean ignored = line(line.toString(), found);
  }

  private static ByteBuffer part(ElfSymbolReader.Source source, long at, int length)
      throws IOException {
    try {
      return source.read(at, length);
    } catch (IndexOutOfBoundsException e) {
      return null;
    }
  }

  private static boolean lines(ByteBuffer bytes, StringBuilder line, SymbolCollector found) {
    for (String part : StandardCharsets.ISO_8859_1.decode(bytes).toString().split("(?<=\n)", -1)) {
      line.append(part);
      if (line.length() > LONGEST_LINE) {
        return false;
      }
      if (part.endsWith("\n")) {
        if (!line(line.toString(), found)) {
          return false;
        }
        line.setLength(0);
      }
    }
    return true;
  }

  /** Whether the list may go on. */
  private static boolean line(String text, SymbolCollector found) {
    Matcher parts = LINE.matcher(text);
    if (!parts.matches()) {
      return text.isBlank() || text.matches("[0-9a-fA-F ]{8,17}[a-zA-Z-?] .*\\s*");
    }
    found.add(
        Long.parseUnsignedLong(parts.group(1), 16),
        parts.group(3).getBytes(StandardCharsets.ISO_8859_1),
        FAR,
        CODE.contains(parts.group(2)));
    return found.open();
  }
}

package atoll.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * A text and the signatures that came with it; whether they are right is for {@link ArchiveKeys} to
 * say.
 *
 * @param text what is signed, one character a byte
 * @param signatures OpenPGP signatures in ASCII armour
 */
record SignedText(String text, String signatures) {
  private static final String BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----";
  private static final String SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
  private static final String END = "-----END PGP SIGNATURE-----";

  /** A file and the file with its signatures. */
  static SignedText detached(byte[] text, byte[] signatures) {
    return new SignedText(
        new String(text, StandardCharsets.ISO_8859_1),
        new String(signatures, StandardCharsets.ISO_8859_1));
  }

  /**
   * A text with its signatures around it (RFC 9580 §7), and nothing else: what stands outside is
   * not signed, so it must not be there. The text is as it was signed, except that lines end with a
   * line feed.
   *
   * @throws IOException if it is no such text
   */
  static SignedText clear(byte[] message) throws IOException {
    Iterator<String> lines =
        new String(message, StandardCharsets.ISO_8859_1)
            .lines()
            .map(line -> line.replaceFirst("[ \\t]+$", ""))
            .iterator();
    if (!lines.hasNext() || !lines.next().equals(BEGIN)) {
      throw new IOException(
          "its InRelease is not a signed text; does the network ask for a login, or is it not a package archive?");
    }
    headers(lines);
    return new SignedText(text(lines), signatures(lines));
  }

  private static void headers(Iterator<String> lines) throws IOException {
    while (lines.hasNext()) {
      String line = lines.next();
      if (line.isEmpty()) {
        return;
      }
      if (!line.startsWith("Hash: ")) {
        throw new IOException("its InRelease has an unknown header, '%s'".formatted(line));
      }
    }
    throw cutOff();
  }

  private static String text(Iterator<String> lines) throws IOException {
    List<String> text = new ArrayList<>();
    while (lines.hasNext()) {
      String line = lines.next();
      if (line.equals(SIGNATURE)) {
        return String.join("\n", text);
      }
      if (line.startsWith("-") && !line.startsWith("- ") && !line.equals("-")) {
        throw new IOException("its InRelease has an unexpected line, '%s'".formatted(line));
      }
      text.add(line.startsWith("-") ? line.substring(Math.min(2, line.length())) : line);
    }
    throw cutOff();
  }

  private static String signatures(Iterator<String> lines) throws IOException {
    StringBuilder armour = new StringBuilder(SIGNATURE).append('\n');
    while (lines.hasNext()) {
      String line = lines.next();
      armour.append(line).append('\n');
      if (line.equals(END)) {
        requireEnd(lines);
        return armour.toString();
      }
    }
    throw cutOff();
  }

  private static void requireEnd(Iterator<String> lines) throws IOException {
    while (lines.hasNext()) {
      if (!lines.next().isEmpty()) {
        throw new IOException("its InRelease goes on behind the signatures");
      }
    }
  }

  private static IOException cutOff() {
    return new IOException("its InRelease ends before its signatures do");
  }
}

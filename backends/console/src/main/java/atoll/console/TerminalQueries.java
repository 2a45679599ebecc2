package atoll.console;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The questions that a guest asks the terminal: cursor position, kind, colours. Shown a second
 * time, a question would be answered a second time, and the guest would take the answer for keys.
 *
 * <p>Device status reports and attributes (ECMA-48 §8.3.35 and §8.3.24), xterm's private forms of
 * them, mode requests and operating system commands with a question mark.
 */
final class TerminalQueries {
  private static final Pattern QUERY =
      Pattern.compile("\033\\[[?>=]?[0-9;]*(?:[cn]|\\$p)|\033Z|\033\\][0-9;]*\\?(?:\007|\033\\\\)");

  private TerminalQueries() {}

  /** The same output without questions. */
  static byte[] removed(byte[] output) {
    String text = new String(output, StandardCharsets.ISO_8859_1);
    return QUERY.matcher(text).replaceAll("").getBytes(StandardCharsets.ISO_8859_1);
  }
}

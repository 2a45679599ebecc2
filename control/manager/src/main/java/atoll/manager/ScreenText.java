package atoll.manager;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * What a terminal has been sent, as far as it can be sent again later: text, colours and movements
 * in a line. Questions would be answered once more, and modes belong to programs that set them.
 */
final class ScreenText {
  /** A screen of its own, which a program leaves when it ends (xterm's private modes). */
  private static final Pattern OTHER_SCREEN = Pattern.compile("\033\\[\\?(?:47|1047|1049)([hl])");

  /** What may be sent again: colours, and what moves or erases in a line (ECMA-48, 8.3). */
  private static final Pattern HARMLESS = Pattern.compile("\033\\[[0-9;:]*[mCDGKP@]");

  /** Control sequences, strings of commands, and short sequences; also one that was cut off. */
  private static final Pattern SEQUENCE =
      Pattern.compile(
          "\033(?:\\[[0-?]*[ -/]*[@-~]?|[\\]PX^_][^\007\033]*(?:\007|\033\\\\)?|[ -/]*[0-~]?)");

  private static final Pattern CONTROL = Pattern.compile("[\000-\006\016-\032\034-\037\177]");

  /** Lines that are shown again: what a window has. */
  private static final int LINES = 50;

  private ScreenText() {}

  /** Nothing if a program has the whole screen: it draws again when it is asked to. */
  static Bytes plain(Bytes sent) {
    String text = new String(sent.array(), StandardCharsets.ISO_8859_1);
    boolean other =
        OTHER_SCREEN
            .matcher(text)
            .results()
            .reduce((first, last) -> last)
            .filter(last -> last.group(1).equals("h"))
            .isPresent();
    String kept =
        SEQUENCE
            .matcher(CONTROL.matcher(text).replaceAll(""))
            .replaceAll(found -> HARMLESS.matcher(found.group()).matches() ? found.group() : "");
    byte[] shown = (other ? "" : end(kept)).getBytes(StandardCharsets.ISO_8859_1);
    return Bytes.of(shown, 0, shown.length);
  }

  private static String end(String text) {
    int from = text.length();
    for (int lines = 0; lines < LINES && from > 0; lines++) {
      from = text.lastIndexOf('\n', from - 1);
    }
    return text.substring(Math.max(from, 0));
  }
}

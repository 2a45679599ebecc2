package atoll.report;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** The last lines of a console, as a report can show them on any terminal. */
public final class ConsoleTail {
  /** Lines that are kept in a report. */
  private static final int MOST = 100;

  private static final int LONGEST = 200;

  /** Of colours, the cursor and the window's title (ECMA-48 §5.4, xterm). */
  private static final Pattern SEQUENCE =
      Pattern.compile("\u001b(\\[[0-?]*[ -/]*[@-~]|\\][^\u0007\u001b]*(\u0007|\u001b\\\\)|.)");

  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\n\t]]");

  private ConsoleTail() {}

  /** The lines in the end of what was printed, without what only a terminal understands. */
  public static List<String> lines(byte[] printed) {
    String text = new String(printed, StandardCharsets.UTF_8);
    String plain =
        CONTROL.matcher(SEQUENCE.matcher(text.replace("\r\n", "\n")).replaceAll("")).replaceAll("");
    List<String> lines =
        plain.lines().filter(line -> !line.isBlank()).map(ConsoleTail::cut).toList();
    return lines.subList(Math.max(0, lines.size() - MOST), lines.size());
  }

  private static String cut(String line) {
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
  }
}

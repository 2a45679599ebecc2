package atoll.trust;

import atoll.image.RefusedException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a start was made from, a line a step, each with a digest over it and all before, as a TPM's
 * register is extended: no line can be changed, left out or added in between without changing all
 * that follow.
 *
 * @param steps in their order
 */
public record MeasurementLog(List<Step> steps) {
  static final String NONE = "-";
  private static final String TITLE = "# Atoll measurements 1";
  private static final int MOST = 100_000;
  private static final Pattern LINE =
      Pattern.compile(
          "([1-9][0-9]{0,5}) ([0-9a-f]{64}) ([0-9a-f]{128}|-) ([^ ]+) (.*)", Pattern.DOTALL);

  /**
   * A step.
   *
   * @param digest the SHA-512 of what was measured, or {@link #NONE}
   * @param link of the chain: {@code signature}, {@code scenario}, a key such as {@code
   *     vms.linux.kernel}; it may have a guest's path in it, whose blanks are written as {@code
   *     %20}
   * @param name of what was measured
   */
  public record Step(String digest, String link, String name) {
    /** Whatever the names are, a step is one line with one link. */
    public Step {
      link = LineText.escaped(link, ' ');
      name = LineText.escaped(name, ' ' - 1);
    }

    private String text() {
      return digest + " " + link + " " + name;
    }
  }

  public MeasurementLog {
    steps = List.copyOf(steps);
  }

  /** The digest over all steps: 64 hexadecimal digits. */
  public String chain() {
    String chain = start();
    for (Step step : steps) {
      chain = extended(chain, step);
    }
    return chain;
  }

  private static String start() {
    return "0".repeat(64);
  }

  /** SHA-256 of the digest so far and the SHA-256 of the step. */
  private static String extended(String chain, Step step) {
    MessageDigest whole = sha256();
    whole.update(HexFormat.of().parseHex(chain));
    whole.update(sha256().digest(step.text().getBytes(StandardCharsets.UTF_8)));
    return HexFormat.of().formatHex(whole.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("the JDK has SHA-256", e);
    }
  }

  /** The log as a file. */
  public String text() {
    StringBuilder text = new StringBuilder(TITLE).append('\n');
    String chain = start();
    int number = 0;
    for (Step step : steps) {
      chain = extended(chain, step);
      number++;
      text.append("%d %s %s\n".formatted(number, chain, step.text()));
    }
    return text.toString();
  }

  /**
   * Reads a log, and follows its chain.
   *
   * @param file its name, for messages
   * @throws RefusedException if it is none, or a line is not what the chain says
   */
  public static MeasurementLog parse(String file, String text) {
    List<String> lines = text.lines().toList();
    if (lines.isEmpty() || !lines.getFirst().equals(TITLE) || lines.size() > MOST) {
      throw new RefusedException("%s:1: expected '%s'".formatted(file, TITLE));
    }
    List<Step> steps = new ArrayList<>();
    String chain = start();
    for (int n = 1; n < lines.size(); n++) {
      Matcher found = LINE.matcher(lines.get(n));
      if (!found.matches() || !found.group(1).equals(Integer.toString(n))) {
        throw new RefusedException(
            "%s:%d: expected line %d of a log: its number, chain, digest, link and name"
                .formatted(file, n + 1, n));
      }
      Step step = new Step(found.group(3), found.group(4), found.group(5));
      chain = extended(chain, step);
      if (!chain.equals(found.group(2))) {
        throw new RefusedException(
            "%s:%d: the chain is broken: this line or one before it is not what was measured"
                .formatted(file, n + 1));
      }
      steps.add(step);
    }
    return new MeasurementLog(steps);
  }
}

package atoll.trust;

import atoll.image.RefusedException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is signed of a system: SHA-512 of its scenario and of each file that it is made from, as
 * {@code sha512sum} writes them, and in comments its name, its version, and what Atoll brings.
 *
 * @param system its name
 * @param version later ones are higher
 * @param files digests in hexadecimal by name, relative to the scenario's folder
 * @param stock digests by the names of {@link StockFiles}
 */
record SignedList(
    String system, long version, Map<String, String> files, Map<String, String> stock) {
  /** What its name adds to that of the scenario. */
  private static final String SUFFIX = ".sums";

  /** Bytes of the longest. */
  static final int LONGEST = 1 << 20;

  private static final String TITLE = "# Atoll signed system 1";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final Pattern SYSTEM = Pattern.compile("# system: (.*)");
  private static final Pattern VERSION = Pattern.compile("# version: ([0-9]{1,18})");
  private static final Pattern STOCK = Pattern.compile("# stock: ([0-9a-f]{128}) {2}(.+)");
  private static final Pattern FILE = Pattern.compile("([0-9a-f]{128}) {2}([^\\\\]+)");

  SignedList {
    Objects.requireNonNull(system, "system");
    if (!NAME.matcher(system).matches()) {
      throw new RefusedException(
          "a system called '%s' cannot be signed; give it a name of up to 63 letters, digits, dots, hyphens and underscores (name: cockpit)"
              .formatted(system));
    }
    files = new LinkedHashMap<>(files);
    stock = new LinkedHashMap<>(stock);
  }

  /** Where that of a scenario is. */
  static Path of(Path scenario) {
    return scenario.resolveSibling(scenario.getFileName() + SUFFIX);
  }

  /**
   * How a file is named in it.
   *
   * @param folder of the scenario
   */
  static String name(Path folder, Path file) {
    String name = folder.relativize(file.toAbsolutePath().normalize()).toString();
    if (name.chars().anyMatch(c -> c == '\\' || c < ' ')) {
      throw new RefusedException(
          "%s has a name that cannot be signed; give it one without backslashes and control characters"
              .formatted(file));
    }
    return name;
  }

  /**
   * Reads one.
   *
   * @param file its name, for messages
   */
  static SignedList parse(String file, String text) {
    List<String> lines = text.lines().toList();
    if (lines.size() < 3 || !lines.getFirst().equals(TITLE)) {
      throw new RefusedException(
          "%s:1: expected '%s'; make it by 'atoll sign'".formatted(file, TITLE));
    }
    String system = match(SYSTEM, file, lines, 2).group(1);
    long version = Long.parseLong(match(VERSION, file, lines, 3).group(1));
    Map<String, String> files = new LinkedHashMap<>();
    Map<String, String> stock = new LinkedHashMap<>();
    for (int n = 4; n <= lines.size(); n++) {
      boolean comment = lines.get(n - 1).startsWith("#");
      Matcher found = match(comment ? STOCK : FILE, file, lines, n);
      if ((comment ? stock : files).putIfAbsent(found.group(2), found.group(1)) != null) {
        throw new RefusedException("%s:%d: %s is there twice".formatted(file, n, found.group(2)));
      }
    }
    return new SignedList(system, version, files, stock);
  }

  private static Matcher match(Pattern form, String file, List<String> lines, int number) {
    Matcher matcher = form.matcher(lines.get(number - 1));
    if (!matcher.matches()) {
      throw new RefusedException(
          "%s:%d: this is no line of a signed list; make it by 'atoll sign'"
              .formatted(file, number));
    }
    return matcher;
  }

  /** The file. */
  String text() {
    StringBuilder text = new StringBuilder(TITLE);
    text.append("\n# system: ").append(system);
    text.append("\n# version: ").append(version).append('\n');
    stock.forEach((name, digest) ->
        text.append("# stock: ").append(digest).append("  ").append(name).append('\n'));
    files.forEach((name, digest) -> text.append(digest).append("  ").append(name).append('\n'));
    return text.toString();
  }
}

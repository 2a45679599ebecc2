package atoll.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The context of a figure: where, when and with which programs it was measured. */
final class HostFacts {
  /**
   * An engine of Atoll.
   *
   * @param why it is the one
   */
  record Engine(String name, String why) {
    @Override
    public String toString() {
      return name + " (" + why + ")";
    }
  }

  private static final Pattern ENGINE = Pattern.compile("(?m)^engine\\s+(\\S+) \\((.*)\\)$");

  private static final Pattern RELEASE = Pattern.compile("version (\\d+(?:\\.\\d+)*)");

  private HostFacts() {}

  /** The engine that Atoll chooses by itself, as {@code atoll info} has it. */
  static Engine chosenEngine(Path script) throws IOException {
    Matcher engine = ENGINE.matcher(Subprocess.output(script, "info"));
    if (!engine.find()) {
      throw new IOException("'" + script + " info' has no line 'engine NAME (REASON)'");
    }
    return new Engine(engine.group(1), "Atoll's choice: " + engine.group(2));
  }

  /** The first line of {@code qemu --version}. */
  static String qemu(String binary) throws IOException {
    try {
      return Subprocess.output(binary, "--version").lines().findFirst().orElse("(silent)");
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; install Debian's qemu-system-misc", e);
    }
  }

  /** The release in {@code version}, such as 10.0.2; all of it if it names none. */
  static String release(String version) {
    Matcher release = RELEASE.matcher(version);
    return release.find() ? release.group(1) : version;
  }

  /** The checkout's commit, and whether it is what runs. */
  static String commit(Path root) {
    try {
      String commit = Subprocess.output("git", "-C", root, "log", "-1", "--format=%h of %cs");
      boolean clean = Subprocess.output("git", "-C", root, "status", "--porcelain").isEmpty();
      return commit.strip() + (clean ? "" : ", with changes that are not committed");
    } catch (IOException e) {
      return "unknown (" + e.getMessage() + ")";
    }
  }

  static String today() {
    return LocalDate.now(ZoneOffset.UTC).toString();
  }

  static String host() throws IOException {
    List<String> facts = new ArrayList<>();
    Path cpuinfo = Path.of("/proc/cpuinfo");
    if (Files.exists(cpuinfo)) {
      try (Stream<String> lines = Files.lines(cpuinfo)) {
        lines
            .filter(l -> l.startsWith("model name"))
            .findFirst()
            .ifPresent(l -> facts.add(l.substring(l.indexOf(':') + 1).strip()));
      }
    }
    facts.add(Runtime.getRuntime().availableProcessors() + " CPUs");
    facts.add(System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.add("JDK " + Runtime.version());
    return String.join(", ", facts);
  }

  /** How many processes wanted to run, over the last minute: more than none is noise. */
  static String load() throws IOException {
    Path loadavg = Path.of("/proc/loadavg");
    return Files.exists(loadavg) ? Files.readString(loadavg).split(" ", 2)[0] : "unknown";
  }
}

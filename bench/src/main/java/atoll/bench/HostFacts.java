package atoll.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a figure means nothing without: where, when and with which programs it was measured. */
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

  private static final Pattern ENGINE = Pattern.compile("engine\\s+(\\S+) \\((.*)\\)");

  private HostFacts() {}

  /** The engine that Atoll chooses by itself, as {@code atoll info} has it. */
  static Engine chosenEngine(Path script) throws IOException {
    for (String line : lines(script.toString(), "info")) {
      Matcher engine = ENGINE.matcher(line);
      if (engine.matches()) {
        return new Engine(engine.group(1), "Atoll's choice: " + engine.group(2));
      }
    }
    throw new IOException(script + " info names no engine");
  }

  /** The first line of {@code qemu --version}. */
  static String qemu(String binary) throws IOException {
    return lines(binary, "--version").stream()
        .findFirst()
        .filter(line -> line.startsWith("QEMU"))
        .orElseThrow(() -> new IOException(binary + " is no QEMU"));
  }

  /** The checkout's commit, and whether it is what runs. */
  static String commit(Path root) {
    try {
      String git = root.toString();
      String commit =
          lines("git", "-C", git, "log", "-1", "--format=%h of %cs").stream()
              .findFirst()
              .orElse("unknown");
      boolean clean = lines("git", "-C", git, "status", "--porcelain").isEmpty();
      return clean ? commit : commit + ", with changes that are not committed";
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

  private static List<String> lines(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return printed.lines().toList();
  }
}

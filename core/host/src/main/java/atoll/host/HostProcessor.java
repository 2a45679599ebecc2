package atoll.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** The host's processor. */
public final class HostProcessor {
  private static final Path DESCRIPTION = Path.of("/proc/cpuinfo");

  private HostProcessor() {}

  /** The architecture, such as {@code amd64} or {@code aarch64}. */
  public static String architecture() {
    return System.getProperty("os.arch").toLowerCase(Locale.ROOT);
  }

  /**
   * Which of {@code features} the processor lacks, by Linux's names for them; all of them where
   * nothing says what it has.
   */
  public static List<String> lacks(List<String> features) {
    Set<String> has = new HashSet<>();
    try (Stream<String> lines = Files.lines(DESCRIPTION)) {
      lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .ifPresent(line -> has.addAll(Arrays.asList(line.split("\\s+"))));
    } catch (IOException e) {
      // Nothing is known: has stays empty.
    }
    return features.stream().filter(feature -> !has.contains(feature)).toList();
  }
}

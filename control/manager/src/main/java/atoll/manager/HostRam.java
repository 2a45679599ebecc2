package atoll.manager;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much memory the host has, where it says so in a file. */
final class HostRam {
  private HostRam() {}

  /** Bytes; 0 if not known. */
  static long bytes() {
    try {
      Matcher total =
          Pattern.compile("MemTotal:\\s+(\\d+) kB")
              .matcher(Files.readString(Path.of("/proc/meminfo")));
      return total.find() ? Long.parseLong(total.group(1)) << 10 : 0;
    } catch (IOException e) {
      return 0;
    }
  }
}

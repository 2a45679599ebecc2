package atoll.backend;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** The files that get copies of consoles' output. */
final class ConsoleLog {
  private ConsoleLog() {}

  /** Creates or empties each port's file; null stands for none. */
  static List<OutputStream> open(List<HostConsole.Port> ports) throws IOException {
    List<OutputStream> logs = new ArrayList<>();
    for (HostConsole.Port port : ports) {
      logs.add(port.log().isPresent() ? Files.newOutputStream(port.log().get()) : null);
    }
    return logs;
  }
}

package atoll.console;

import atoll.console.HostConsole.Port;
import atoll.console.HostConsole.Setup;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What consoles are opened with. */
final class Ports {
  private Ports() {}

  /** Consoles without a log. */
  static List<Port> named(String... names) {
    return Arrays.stream(names)
        .map(name -> new Port(name, Optional.empty(), OutputWatch.NONE))
        .toList();
  }

  /** The first is in front, and the end of input is that of the guests' terminals. */
  static Setup setup(Runnable lost, EscapeCommand... commands) {
    return new Setup(0, List.of(commands), InputEnd.END, loss -> lost.run());
  }

  /** The same where nobody cares for lost output, with another meaning of the end of input. */
  static Setup setup(int front, InputEnd atEnd) {
    return new Setup(front, List.of(), atEnd, loss -> {});
  }
}

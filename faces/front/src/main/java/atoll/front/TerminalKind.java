package atoll.front;

import atoll.console.HostConsole;
import atoll.scenario.Guest;
import java.util.function.UnaryOperator;

/**
 * The kind of terminal that guests' shells talk to.
 *
 * @param environment the process's variables by name; null where not set
 */
record TerminalKind(UnaryOperator<String> environment) {
  /** A shell without a terminal must not send escape sequences; one with it must echo. */
  String name() {
    if (!HostConsole.atTerminal()) {
      return Guest.Linux.NO_TERMINAL;
    }
    String kind = environment.apply("TERM");
    return kind == null || kind.equals(Guest.Linux.NO_TERMINAL) ? "vt100" : kind;
  }
}

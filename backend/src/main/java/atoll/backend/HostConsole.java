package atoll.backend;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** This process's own standard input and output as the consoles of its guests. */
public sealed interface HostConsole extends AutoCloseable permits TerminalConsole, LineConsole {
  /**
   * A console to be opened.
   *
   * @param name of the guest; not shown if it is the only one
   * @param log a file that gets a copy of the guest's output, replaced if it exists
   */
  record Port(String name, Optional<Path> log) {
    public Port {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(log, "log");
    }
  }

  /**
   * The console of the guest so named.
   *
   * @throws IllegalArgumentException if no port had that name
   */
  GuestConsole guest(String name);

  /** Writes a line of Atoll's own among the guests', as {@code atoll: text}. */
  void note(String text);

  /**
   * Writes such a line about one guest: on its own console, if it has one, and where a person sees
   * it.
   */
  void note(String guest, String text);

  /** Writes out what is buffered and leaves the terminal as it was found; may be called twice. */
  @Override
  void close();

  /**
   * Opens the consoles: raw and one at a time where input and output are a terminal, line by line
   * otherwise.
   *
   * @param ports one for each guest, the first of which is in front
   * @param commands what {@code Ctrl-a} and a key do besides help, switching and sending itself
   * @param hangup called once, from any thread, when nobody can read the output any more
   * @throws IOException if a log cannot be written
   */
  static HostConsole open(List<Port> ports, List<EscapeCommand> commands, Runnable hangup)
      throws IOException {
    return atTerminal()
        ? TerminalConsole.open(ports, commands, hangup)
        : LineConsole.open(ports, hangup);
  }

  /** Whether standard input and output are both a terminal. */
  @SuppressWarnings("SystemConsoleNull") // JDK 25's own console is null without a terminal.
  static boolean atTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}

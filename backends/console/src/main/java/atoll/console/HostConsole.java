package atoll.console;

import java.io.Console;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** This process's own standard input and output as the consoles of its guests. */
public sealed interface HostConsole extends AutoCloseable permits TerminalConsole, LineConsole {
  /**
   * A console to be opened.
   *
   * @param name of the guest; not shown if it is the only one
   * @param log gets a copy of the guest's output
   * @param watch sees the guest's output
   */
  record Port(String name, Optional<LogFile> log, OutputWatch watch) {
    public Port {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(log, "log");
      Objects.requireNonNull(watch, "watch");
    }
  }

  /**
   * What all consoles share.
   *
   * @param front which of them is in front, from 0
   * @param commands what {@code Ctrl-a} and a key do besides help, switching and sending itself
   * @param atEnd what the end of input means where it is not a terminal
   * @param lost called once, from any thread, when output can no longer be shown
   */
  record Setup(int front, List<EscapeCommand> commands, InputEnd atEnd, Consumer<OutputLoss> lost) {
    public Setup {
      commands = List.copyOf(commands);
      Objects.requireNonNull(atEnd, "atEnd");
      Objects.requireNonNull(lost, "lost");
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
   * @param ports one for each guest
   * @throws atoll.host.HostException if a log cannot be written
   */
  static HostConsole open(List<Port> ports, Setup setup) {
    return atTerminal() ? TerminalConsole.open(ports, setup) : LineConsole.open(ports, setup);
  }

  /** Whether standard input and output are both a terminal. */
  @SuppressWarnings("SystemConsoleNull") // JDK 25's own console is null without a terminal.
  static boolean atTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}

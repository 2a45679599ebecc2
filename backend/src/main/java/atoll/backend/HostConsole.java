package atoll.backend;

import atoll.device.spi.ConsoleBackend;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * This process's own standard input and output as a guest's console.
 *
 * <p>The console itself is the end that gets the input. A machine with a second console (Linux's
 * log on the UART beside its shell on virtio) gets {@link #outputOnly} for the other one.
 */
public sealed interface HostConsole extends ConsoleBackend, AutoCloseable
    permits TerminalConsole, LineConsole {
  /** A second end that shares the output and never gets input. */
  ConsoleBackend outputOnly();

  /** This console for a guest's virtio console: no input before the guest's first output. */
  default ConsoleBackend held() {
    return new HeldInput(this);
  }

  /** Whether a person sits at a terminal. */
  boolean interactive();

  /** Writes a line of Atoll's own among the guest's, as {@code atoll: text}. */
  void note(String text);

  /** Writes out what is buffered and leaves the terminal as it was found; may be called twice. */
  @Override
  void close();

  /**
   * Opens the console: raw where input and output are a terminal, line by line otherwise.
   *
   * @param log a file that gets a copy of the output, replaced if it exists; or null
   * @param commands what {@code Ctrl-a} and a key do besides help and sending itself
   * @param hangup called once, from any thread, when nobody can read the output any more
   * @throws IOException if the log cannot be written
   */
  static HostConsole open(Path log, List<EscapeCommand> commands, Runnable hangup)
      throws IOException {
    return atTerminal()
        ? TerminalConsole.open(log, commands, hangup)
        : LineConsole.open(log, hangup);
  }

  /** Whether standard input and output are both a terminal. */
  @SuppressWarnings("SystemConsoleNull") // JDK 25's own console is null without a terminal.
  static boolean atTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}

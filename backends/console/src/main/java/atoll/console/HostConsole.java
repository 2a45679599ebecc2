package atoll.console;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
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
   * What is read and written.
   *
   * @param in read by a thread that is interrupted at the end, which must end its reading
   * @param terminal whether both are this process's terminal
   */
  record Streams(InputStream in, OutputStream out, boolean terminal) {
    public Streams {
      Objects.requireNonNull(in, "in");
      Objects.requireNonNull(out, "out");
    }

    /** Standard input and output. */
    public static Streams ofProcess() {
      return new Streams(
          ConsoleReader.standardInput(), new FileOutputStream(FileDescriptor.out), atTerminal());
    }
  }

  /**
   * The console of the guest so named.
   *
   * @throws IllegalArgumentException if no port had that name
   */
  GuestConsole guest(String name);

  /** Whether a person is at it, who has the keys after {@code Ctrl-a}. */
  boolean attended();

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
   * @param streams what is read and written
   * @throws atoll.host.HostException if a log cannot be written
   */
  static HostConsole open(List<Port> ports, Setup setup, Streams streams) {
    return streams.terminal
        ? new TerminalConsole(ports, setup, RawTerminal::ofProcess, streams.in, streams.out)
        : new LineConsole(ports, setup, streams.in, streams.out);
  }

  /** Whether standard input and output are both a terminal. */
  @SuppressWarnings("SystemConsoleNull") // JDK 25's own console is null without a terminal.
  static boolean atTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}

package atoll.console;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Size;
import org.jline.terminal.impl.LineDisciplineTerminal;

/** Asks for commands: JLine's line editor, with history and completion, on a part of its own. */
final class PromptScreen implements Overlay {
  private static final String PROMPT = "atoll> ";

  private final CommandPrompt prompt;
  private LineDisciplineTerminal terminal;
  private boolean closed;

  PromptScreen(CommandPrompt prompt) {
    this.prompt = prompt;
  }

  @Override
  public synchronized void open(OutputStream out, RawTerminal.Size size, Runnable ended) {
    try {
      out.write((ConsoleView.CLEAR + prompt.greeting() + "\r\n").getBytes(StandardCharsets.UTF_8));
      terminal = new LineDisciplineTerminal("atoll", "ansi", out, StandardCharsets.UTF_8);
      terminal.echo(false);
      resized(size);
    } catch (IOException e) {
      throw new UncheckedIOException("a line editor in memory cannot fail to open", e);
    }
    Thread.ofVirtual().name("prompt").start(() -> run(terminal, ended));
  }

  private void run(LineDisciplineTerminal on, Runnable ended) {
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(on)
            .completer(completer())
            .option(LineReader.Option.BRACKETED_PASTE, false)
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .build();
    try {
      while (performed(reader, on)) {}
    } catch (EndOfFileException | UserInterruptException e) {
      // Ctrl-d or Ctrl-c.
    } catch (IllegalStateException e) {
      // JLine says so of a terminal that was closed meanwhile, which is how this one ends.
      if (!isClosed()) {
        throw e;
      }
    }
    ended.run();
  }

  /** Returns false after the last command. */
  private boolean performed(LineReader reader, LineDisciplineTerminal on) {
    reader.readLine(PROMPT);
    var words = reader.getParsedLine().words().stream().filter(word -> !word.isEmpty()).toList();
    if (words.isEmpty()) {
      return true;
    }
    CommandPrompt.Answer answer = prompt.perform(words);
    answer.lines().forEach(on.writer()::println);
    on.flush();
    return !answer.leave();
  }

  private Completer completer() {
    return (reader, line, candidates) ->
        prompt.candidates(line.words().subList(0, line.wordIndex() + 1)).stream()
            .map(Candidate::new)
            .forEach(candidates::add);
  }

  @Override
  public void typed(byte[] bytes, int offset, int length) {
    try {
      terminal().processInputBytes(bytes, offset, length);
    } catch (IOException e) {
      close();
    }
  }

  private synchronized LineDisciplineTerminal terminal() {
    return terminal;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized void resized(RawTerminal.Size size) {
    terminal.setSize(Size.of(size.columns(), size.rows()));
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      terminal.close();
    } catch (IOException e) {
      throw new UncheckedIOException("a line editor in memory cannot fail to close", e);
    }
  }
}

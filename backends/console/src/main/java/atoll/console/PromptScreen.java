package atoll.console;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.Parser.ParseContext;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Size;
import org.jline.terminal.impl.LineDisciplineTerminal;

/**
 * Asks for commands: JLine's line editor, with history and completion, on a part of its own. {@code
 * Ctrl-c} ends the command that is being performed, or gives up the line that is being typed;
 * {@code Ctrl-d} ends the prompt.
 */
final class PromptScreen implements Overlay {
  private static final String PROMPT = "atoll> ";
  private static final byte CTRL_C = 3;

  /** Bytes that can be typed before a command has ended; JLine's pipe would block after 1,024. */
  private static final int MOST_AHEAD = 512;

  private final CommandPrompt prompt;
  private LineDisciplineTerminal terminal;
  private TypedCommand performing;
  private int ahead;
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
            .parser(parser())
            .completer(completer())
            .option(LineReader.Option.BRACKETED_PASTE, false)
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .build();
    try {
      while (performed(reader, on.writer())) {}
    } catch (EndOfFileException e) {
      // Ctrl-d.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IllegalStateException e) {
      // JLine says so of a terminal that was closed meanwhile, which is how this one ends.
      if (!isClosed()) {
        throw e;
      }
    }
    ended.run();
  }

  /** A backslash is a character like others: no word of a command needs one. */
  private static DefaultParser parser() {
    return new DefaultParser().escapeChars(new char[0]);
  }

  /** Returns false after the last command. */
  private boolean performed(LineReader reader, PrintWriter out) throws InterruptedException {
    CommandPrompt.Answer answer = answer(reader, out);
    answer.lines().forEach(out::println);
    out.flush();
    return !answer.leave();
  }

  private CommandPrompt.Answer answer(LineReader reader, PrintWriter out)
      throws InterruptedException {
    try {
      List<String> words = words(reader.readLine(PROMPT));
      return words.isEmpty() ? said() : perform(words, out);
    } catch (UserInterruptException e) {
      return e.getPartialLine().isBlank() ? said("(Ctrl-d goes back to the console)") : said();
    } catch (EOFError e) {
      return said("a quote is not closed; leave it out, or close it");
    }
  }

  private static CommandPrompt.Answer said(String... lines) {
    return new CommandPrompt.Answer(List.of(lines), false);
  }

  private static List<String> words(String line) {
    return parser()
        .eofOnUnclosedQuote(true)
        .parse(line, line.length(), ParseContext.ACCEPT_LINE)
        .words()
        .stream()
        .filter(word -> !word.isEmpty())
        .toList();
  }

  private CommandPrompt.Answer perform(List<String> words, PrintWriter out)
      throws InterruptedException {
    TypedCommand command = new TypedCommand(prompt, words);
    performing(command);
    try {
      Thread.ofVirtual().name("command").start(command);
      return command.answer(said -> {
        out.println(said);
        out.flush();
      });
    } finally {
      performing(null);
    }
  }

  private synchronized void performing(TypedCommand command) {
    performing = command;
    ahead = 0;
    if (closed && command != null) {
      command.interrupt();
    }
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
      for (int i = offset; i < offset + length; i++) {
        if (isForReader(bytes[i])) {
          terminal().processInputByte(bytes[i]);
        }
      }
    } catch (IOException e) {
      close();
    }
  }

  /** While a command is performed, some keys are for it, and only a few are kept for later. */
  private synchronized boolean isForReader(byte key) {
    if (performing == null) {
      return true;
    }
    if (key == CTRL_C) {
      performing.interrupt();
      return false;
    }
    return ahead++ < MOST_AHEAD;
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
    if (performing != null) {
      performing.interrupt();
    }
    try {
      terminal.close();
    } catch (IOException e) {
      throw new UncheckedIOException("a line editor in memory cannot fail to close", e);
    }
  }
}

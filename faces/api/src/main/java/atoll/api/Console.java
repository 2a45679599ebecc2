package atoll.api;

import atoll.api.ExpectationException.Reason;
import atoll.api.SystemWatch.Awaited;
import atoll.console.LineSearch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The console of a VM in all its lives: what the guest prints, and a keyboard.
 *
 * <p>What is printed is kept as lines of plain text, without a terminal's control sequences; the
 * latest million characters or so. A VM may have two devices that print (a serial port with a
 * kernel's messages, and a virtio console with a shell); both are looked at, each line by itself.
 *
 * <p>{@code expect} looks at what was printed behind the last text that was expected, also at an
 * unfinished line such as a prompt. An expression is looked for in single lines; {@code $} matches
 * at the end of a line that is complete. Limits are in guest time, which stands still while the
 * system is paused; there is a limit in the host's time behind it ({@link
 * SystemBuilder#hostGrace}).
 */
public final class Console {
  /** How long {@code expect} waits that is given no limit, in guest time. */
  public static final Duration USUAL_LIMIT = Duration.ofSeconds(60);

  private static final int TAIL = 30;

  private final Vm vm;
  private final SystemLife life;

  // Where the next search begins, by device; guarded by this.
  private long[] nextLine;
  private int[] nextColumn;

  Console(Vm vm, SystemLife life) {
    this.vm = vm;
    this.life = life;
    int devices = ask(VmWatch::texts).size();
    nextLine = new long[devices];
    nextColumn = new int[devices];
  }

  private <T> T ask(Function<VmWatch, T> question) {
    return life.watch().ask(vm.name(), question);
  }

  /**
   * Waits for a text, at most for {@link #USUAL_LIMIT}.
   *
   * @param text as it is, no expression; within one line
   * @return where it was found
   * @throws ExpectationException if it is not printed, with the tail of the console
   */
  public MatchResult expect(String text) {
    return expect(text, USUAL_LIMIT);
  }

  /**
   * Waits for a text.
   *
   * @param text as it is, no expression; within one line
   * @param limit in guest time
   * @return where it was found
   * @throws ExpectationException if it is not printed, with the tail of the console
   */
  public MatchResult expect(String text, Duration limit) {
    return expect(Pattern.compile(Pattern.quote(text)), "'" + text + "'", limit);
  }

  /**
   * Waits for what an expression describes, at most for {@link #USUAL_LIMIT}.
   *
   * @param pattern looked for in single lines
   * @return what was found, with its groups
   * @throws ExpectationException if it is not printed, with the tail of the console
   */
  public MatchResult expect(Pattern pattern) {
    return expect(pattern, USUAL_LIMIT);
  }

  /**
   * Waits for what an expression describes.
   *
   * @param pattern looked for in single lines
   * @param limit in guest time
   * @return what was found, with its groups
   * @throws ExpectationException if it is not printed, with the tail of the console
   */
  public MatchResult expect(Pattern pattern, Duration limit) {
    return expect(pattern, "what matches '" + pattern + "'", limit);
  }

  private MatchResult expect(Pattern pattern, String inWords, Duration limit) {
    Awaited<MatchResult> got = await(pattern, limit);
    return got.value().orElseThrow(() -> vm.missed(got.reason().orElseThrow(), limit, inWords));
  }

  /**
   * The same without an exception if the time is over: to find out whether something is printed.
   *
   * @param pattern looked for in single lines
   * @param limit in guest time
   * @return what was found; empty if {@code limit} is over or the VM has ended
   * @throws ExpectationException if the system was closed, or guest time stands still
   */
  public Optional<MatchResult> find(Pattern pattern, Duration limit) {
    Awaited<MatchResult> got = await(pattern, limit);
    Optional<Reason> fault =
        got.reason().filter(why -> why == Reason.CLOSED || why == Reason.HOST_TIME);
    if (fault.isPresent()) {
      throw vm.missed(fault.get(), limit, "what matches '" + pattern + "'");
    }
    return got.value();
  }

  private Awaited<MatchResult> await(Pattern pattern, Duration limit) {
    Seeker seeker = new Seeker(pattern);
    return life.await(seeker::look, () -> vm.hopeless(), limit);
  }

  /** Leaves out what has been printed so far: the next {@code expect} looks at what follows. */
  public synchronized void skip() {
    ask(watch -> {
      for (int n = 0; n < nextLine.length; n++) {
        nextLine[n] = watch.texts().get(n).last();
        nextColumn[n] = watch.texts().get(n).unfinished().length();
      }
      return watch;
    });
  }

  /** The same for the device that is typed on. */
  synchronized void skipOwn() {
    ask(watch -> {
      int own = watch.texts().indexOf(watch.main());
      nextLine[own] = watch.main().last();
      nextColumn[own] = 0;
      return watch;
    });
  }

  /** Waits until a prompt has been printed in the present life, maybe long ago. */
  void awaitPrompt(Pattern prompt, Duration limit) {
    LineSearch search = new LineSearch(prompt);
    Awaited<Boolean> got =
        life.await(
            () -> ask(watch -> watch.printed(search)) ? Optional.of(true) : Optional.empty(),
            () -> vm.hopeless(),
            limit);
    if (got.value().isEmpty()) {
      throw vm.missed(got.reason().orElseThrow(), limit, "a shell's prompt");
    }
  }

  /**
   * Types text. What the guest has no room for yet is typed when it has; what it has not taken by
   * the end of its life is forgotten.
   *
   * @param text in UTF-8
   * @return this
   * @throws AtollException if the VM has no life that could read it
   */
  public Console send(String text) {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Types bytes, as {@link #send(String)} does.
   *
   * @param bytes such as 3 for Ctrl-C
   * @return this
   * @throws AtollException if the VM has no life that could read them
   */
  public Console send(byte[] bytes) {
    if (!ask(VmWatch::alive)) {
      throw new AtollException(
          "%s is %s, and nobody reads what is typed; start it first"
              .formatted(vm.name(), vm.inWords()));
    }
    life.watch().keyboard(vm.name()).type(bytes);
    return this;
  }

  /**
   * Types a line, and the Enter key (a carriage return).
   *
   * @param line without an end
   * @return this
   * @throws AtollException if the VM has no life that could read it
   */
  public Console sendLine(String line) {
    return send(line + "\r");
  }

  /**
   * All that is kept of what has been printed, as plain text.
   *
   * @return lines with a line feed between them
   */
  public String text() {
    return String.join("\n", ask(VmWatch::lines));
  }

  /**
   * The last lines of it.
   *
   * @param lines how many at most
   * @return with a line feed between them
   */
  public String tail(int lines) {
    List<String> all = ask(VmWatch::lines);
    return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
  }

  /** For messages. */
  String tail() {
    return tail(TAIL);
  }

  /** One search, which looks at each complete line once. */
  private final class Seeker {
    private final LineSearch search;
    private final long[] lines;
    private final int[] columns;

    Seeker(Pattern pattern) {
      search = new LineSearch(pattern);
      synchronized (Console.this) {
        lines = nextLine.clone();
        columns = nextColumn.clone();
      }
    }

    /** Under the watch's lock. */
    Optional<MatchResult> look() {
      List<ConsoleText> texts = new ArrayList<>(ask(VmWatch::texts));
      for (int n = 0; n < texts.size(); n++) {
        Optional<MatchResult> found = look(texts, n);
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    }

    private Optional<MatchResult> look(List<ConsoleText> texts, int device) {
      ConsoleText text = texts.get(device);
      if (lines[device] < text.first()) {
        lines[device] = text.first();
        columns[device] = 0;
      }
      for (; lines[device] < text.last(); lines[device]++, columns[device] = 0) {
        ConsoleText.Line line = text.line(lines[device]);
        Optional<MatchResult> found = search.in(line.text(), columns[device], true);
        if (found.isPresent()) {
          settle(texts, device, found.get().end(), line.order());
          return found;
        }
      }
      Optional<MatchResult> found = search.in(text.unfinished(), columns[device], false);
      found.ifPresent(match -> settle(texts, device, match.end(), Long.MAX_VALUE));
      return found;
    }

    /** The next search begins behind this, and behind what other devices have printed before. */
    private void settle(List<ConsoleText> texts, int device, int end, long order) {
      for (int n = 0; n < lines.length; n++) {
        ConsoleText other = texts.get(n);
        while (n != device && lines[n] < other.last() && before(other, lines[n], order)) {
          lines[n]++;
          columns[n] = 0;
        }
      }
      columns[device] = end;
      synchronized (Console.this) {
        nextLine = lines;
        nextColumn = columns;
      }
    }

    private static boolean before(ConsoleText text, long line, long order) {
      return line < text.first() || text.line(line).order() <= order;
    }
  }
}

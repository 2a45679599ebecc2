package atoll.api;

import atoll.api.ExpectationException.Reason;
import atoll.api.SystemWatch.Awaited;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A shell on a console: lines are typed, and marked lines come back. A mark is typed in two parts
 * that the shell joins, so that no echo of what is typed looks like one. One thread uses it.
 */
final class ShellLines {
  private final Vm vm;
  private final SystemLife life;
  private final String mark;
  private long at;

  /**
   * @param nonce that no output has by chance
   */
  ShellLines(Vm vm, SystemLife life, String nonce) {
    this.vm = vm;
    this.life = life;
    mark = "@atoll-" + nonce;
  }

  /** A shell's words that print a marked line. */
  String say(String words) {
    return "echo \"%s\"\"%s %s\"".formatted(mark.substring(0, 3), mark.substring(3), words);
  }

  /** The line that {@link #say} has printed. */
  String marked(String words) {
    return mark + " " + words;
  }

  /** What comes next is behind all that has been printed by now. */
  void begin() {
    at = ask(watch -> watch.main().last());
  }

  /** Types a line; a shell that remembers lines leaves out one that begins with a blank. */
  void type(String line) {
    vm.console().sendLine(" " + line);
  }

  /**
   * Waits for a marked line that an expression describes; others are passed over.
   *
   * @param words behind the mark
   * @param doing what it is waited for, for the message
   */
  Matcher await(Pattern words, Duration limit, String doing) {
    Pattern whole = Pattern.compile(Pattern.quote(marked("")) + words.pattern() + "$");
    return next(
        line -> {
          Matcher matcher = whole.matcher(line);
          return matcher.find() ? Optional.of(matcher) : Optional.empty();
        },
        limit,
        doing);
  }

  /** The next complete line of which something can be made; those before it are passed over. */
  <T> T next(Function<String, Optional<T>> use, Duration limit, String doing) {
    Awaited<T> got =
        life.await(() -> ask(watch -> look(watch.main(), use)), () -> vm.hopeless(), limit);
    return got.value().orElseThrow(() -> missed(got.reason().orElseThrow(), limit, doing));
  }

  private <T> Optional<T> look(ConsoleText text, Function<String, Optional<T>> use) {
    at = Math.max(at, text.first());
    while (at < text.last()) {
      Optional<T> found = use.apply(text.line(at++).text());
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private Late missed(Reason reason, Duration limit, String doing) {
    ExpectationException said = vm.missed(reason, limit, "the end of " + doing);
    return new Late(reason, said);
  }

  private <T> T ask(Function<VmWatch, T> question) {
    return life.watch().ask(vm.name(), question);
  }

  /** Something marked has not come. */
  static final class Late extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Reason reason;

    Late(Reason reason, ExpectationException said) {
      super(said.getMessage(), said, false, false);
      this.reason = reason;
    }

    Reason reason() {
      return reason;
    }
  }
}

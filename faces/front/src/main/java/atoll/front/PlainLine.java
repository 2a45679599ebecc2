package atoll.front;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads a command line that has only what is typed most, without picocli: to find out by reflection
 * what a command can do takes longer than a system's second start ({@code
 * docs/adr/0122-plain-lines-are-read-without-reflection.md}). What it takes, picocli would take in
 * the same way ({@code PlainLineTest}); a line with anything else, or with a mistake, is picocli's,
 * and so are all messages.
 */
final class PlainLine {
  private final Map<String, Taker> takers = new LinkedHashMap<>();

  /** What is done with an option. */
  private interface Taker {
    /** Whether it has a value. */
    boolean valued();

    /** Whether it may be given again. */
    boolean repeated();

    /**
     * The option is given.
     *
     * @param value empty if it has none
     * @throws TypeConversionException if the value is wrong
     */
    void take(String value) throws Exception;
  }

  private record Flag(Runnable target) implements Taker {
    @Override
    public boolean valued() {
      return false;
    }

    @Override
    public boolean repeated() {
      return false;
    }

    @Override
    public void take(String value) {
      target.run();
    }
  }

  private record Single<T>(ITypeConverter<? extends T> converter, Consumer<T> target)
      implements Taker {
    @Override
    public boolean valued() {
      return true;
    }

    @Override
    public boolean repeated() {
      return false;
    }

    @Override
    public void take(String value) throws Exception {
      target.accept(converter.convert(value));
    }
  }

  private record Several<T>(
      ITypeConverter<? extends T> converter, List<T> all, Consumer<List<T>> target)
      implements Taker {
    @Override
    public boolean valued() {
      return true;
    }

    @Override
    public boolean repeated() {
      return true;
    }

    @Override
    public void take(String value) throws Exception {
      all.add(converter.convert(value));
      target.accept(all);
    }
  }

  /** An option without a value. */
  void flag(String name, Runnable target) {
    takers.put(name, new Flag(target));
  }

  /** An option with a value. */
  <T> void value(String name, ITypeConverter<? extends T> converter, Consumer<T> target) {
    takers.put(name, new Single<>(converter, target));
  }

  /**
   * An option with a value.
   *
   * @param usual the value if the line has none, as it would be typed
   */
  <T> void value(
      String name, String usual, ITypeConverter<? extends T> converter, Consumer<T> target) {
    value(name, converter, target);
    try {
      target.accept(converter.convert(usual));
    } catch (Exception e) {
      throw new IllegalStateException("the usual value of %s is none".formatted(name), e);
    }
  }

  /** An option with a value that may be given several times. */
  <T> void values(String name, ITypeConverter<? extends T> converter, Consumer<List<T>> target) {
    takers.put(name, new Several<>(converter, new ArrayList<>(), target));
  }

  /**
   * Reads the words behind a command.
   *
   * @return whether all of them are understood; if not, targets may have got some, and what they
   *     are in is not to be used
   */
  boolean read(List<String> words, Consumer<String> operand) {
    Set<String> given = new HashSet<>();
    int at = 0;
    while (at < words.size()) {
      String word = words.get(at++);
      int sign = word.indexOf('=');
      String name = sign < 0 ? word : word.substring(0, sign);
      Taker taker = takers.get(name);
      if (taker == null) {
        if (word.isEmpty() || word.startsWith("-") || !given.add("")) {
          return false;
        }
        operand.accept(word);
        continue;
      }
      if (!given.add(name) && !taker.repeated() || sign >= 0 && !taker.valued()) {
        return false;
      }
      String value = sign < 0 ? "" : word.substring(sign + 1);
      if (taker.valued() && sign < 0 && at < words.size()) {
        value = words.get(at++);
      }
      if (taker.valued() && (value.isEmpty() || value.startsWith("-")) || !takes(taker, value)) {
        return false;
      }
    }
    return true;
  }

  private static boolean takes(Taker taker, String value) {
    try {
      taker.take(value);
      return true;
    } catch (Exception e) {
      return false; // picocli says what is wrong
    }
  }
}

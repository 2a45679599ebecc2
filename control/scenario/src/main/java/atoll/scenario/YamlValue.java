package atoll.scenario;

import atoll.image.ByteSize;
import atoll.image.Nearest;
import atoll.image.Words;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A value of a YAML file and the key that leads to it. Each method takes it for one kind of thing;
 * if it is another, that is reported and the result is empty.
 */
record YamlValue(String key, Node node, Problems problems) {
  /** Characters of a value that a message shows. */
  private static final int MOST_SHOWN = 60;

  /** Whether it is a mapping. */
  boolean isMapping() {
    return node instanceof MappingNode;
  }

  /** Whether it is a list. */
  boolean isList() {
    return node instanceof SequenceNode;
  }

  /** Whether it is a whole number. */
  boolean isNumber() {
    return node instanceof ScalarNode && node.getTag().equals(Tag.INT);
  }

  /** Whether it is {@code true} or {@code false}. */
  boolean isFlag() {
    return node instanceof ScalarNode && node.getTag().equals(Tag.BOOL);
  }

  /** Whether it is a word without quotes, of a form. */
  boolean isPlain(Pattern form) {
    return node instanceof ScalarNode scalar
        && scalar.isPlain()
        && form.matcher(scalar.getValue()).matches();
  }

  /** Says what is wrong with it. */
  void reject(String message) {
    problems.add(key, message);
  }

  /** Words. */
  Optional<String> text() {
    Optional<String> text = words();
    Optional<Integer> control =
        text.flatMap(found -> found.chars().filter(YamlValue::isControl).boxed().findFirst());
    control.ifPresent(
        found -> reject("found the control character 0x%02x, expected text".formatted(found)));
    return control.isPresent() ? Optional.empty() : text;
  }

  /** Words in which control characters and {@code ${variables}} are meant: what is typed. */
  Optional<String> typed() {
    return node instanceof ScalarNode variable && variable.getTag().equals(Tag.ENV_TAG)
        ? Optional.of(variable.getValue())
        : words();
  }

  private Optional<String> words() {
    return scalar(Tag.STR, node instanceof ScalarNode ? "text; put it in quotes" : "text");
  }

  /** Whether it is this word. */
  boolean isWord(String word) {
    return node instanceof ScalarNode scalar && scalar.getValue().equals(word);
  }

  /** What is there in some characters, for a report. */
  String shown() {
    return node instanceof ScalarNode scalar
        ? "'" + shortened(scalar.getValue()).replaceAll("\\p{Cntrl}", "\u00b7") + "'"
        : describe();
  }

  /** Words, a number or a truth value, as it is written. */
  Optional<String> asWritten() {
    if (node instanceof ScalarNode scalar && !node.getTag().equals(Tag.NULL)) {
      return Optional.of(scalar.getValue());
    }
    reject("found %s, expected text, a number, true or false".formatted(describe()));
    return Optional.empty();
  }

  /** Words of a form. */
  Optional<String> text(Pattern form, String expected) {
    Optional<String> text = text();
    if (text.isPresent() && !form.matcher(text.get()).matches()) {
      reject("found '%s', expected %s".formatted(text.get(), expected));
      return Optional.empty();
    }
    return text;
  }

  /** Words that a parser understands. */
  <T> Optional<T> parsed(Function<String, Optional<T>> parser, String expected) {
    Optional<String> text = text();
    Optional<T> parsed = text.flatMap(parser);
    if (text.isPresent() && parsed.isEmpty()) {
      reject("found '%s', expected %s".formatted(shortened(text.get()), expected));
    }
    return parsed;
  }

  /** What a terminal would obey, and what ends a string for a kernel; lines and tabs are text. */
  private static boolean isControl(int character) {
    return Character.isISOControl(character) && character != '\n' && character != '\t';
  }

  /** {@code true} or {@code false}. */
  Optional<Boolean> flag() {
    return scalar(Tag.BOOL, "true or false").map(Boolean::valueOf);
  }

  /** A whole number within limits. */
  Optional<Integer> number(int least, int most) {
    return number((long) least, most).map(Math::toIntExact);
  }

  /** The same beyond the limits of an int. */
  Optional<Long> number(long least, long most) {
    String expected = "a whole number from %d to %d".formatted(least, most);
    return scalar(Tag.INT, expected)
        .map(BigInteger::new)
        .filter(value -> within(value, least, most, expected))
        .map(BigInteger::longValueExact);
  }

  private boolean within(BigInteger value, long least, long most, String expected) {
    boolean within =
        value.compareTo(BigInteger.valueOf(least)) >= 0
            && value.compareTo(BigInteger.valueOf(most)) <= 0;
    if (!within) {
      reject("%s is out of range, expected %s".formatted(value, expected));
    }
    return within;
  }

  /** Bytes of memory in whole pages. */
  Optional<Long> memory() {
    String expected = "a size with a unit, in whole pages of 4K, such as 512M or 1G";
    Optional<String> text = scalar(Tag.STR, expected);
    OptionalLong bytes = text.map(ByteSize::parse).orElse(OptionalLong.empty());
    if (text.isPresent()
        && (bytes.isEmpty()
            || bytes.getAsLong() == 0
            || bytes.getAsLong() % PlatformDescription.PAGE != 0)) {
      reject("'%s' is not a memory size, expected %s".formatted(shortened(text.get()), expected));
      return Optional.empty();
    }
    return bytes.stream().boxed().findFirst();
  }

  /** Bytes, at least {@code least}. */
  Optional<Long> size(long least) {
    String expected = "a size with a unit, such as 64M, and at least " + ByteSize.format(least);
    Optional<String> text = scalar(Tag.STR, expected);
    OptionalLong bytes = text.map(ByteSize::parse).orElse(OptionalLong.empty());
    if (text.isPresent() && bytes.orElse(0) < least) {
      reject(
          ByteSize.isTooLarge(text.get())
              ? "%s is too large, expected less than 8388608T".formatted(text.get())
              : "found '%s', expected %s".formatted(shortened(text.get()), expected));
      return Optional.empty();
    }
    return bytes.stream().boxed().findFirst();
  }

  /** A time longer than 0. */
  Optional<Duration> time() {
    return timeOrZero()
        .filter(time -> {
          if (time.isZero()) {
            reject("%s is too short, expected more than 0".formatted(describe()));
          }
          return !time.isZero();
        });
  }

  /** A time. */
  Optional<Duration> timeOrZero() {
    String expected = "a time with a unit, such as 20ms, 500us or 5s";
    return scalar(Tag.STR, expected)
        .flatMap(text -> {
          Optional<Duration> time = TimeAmount.parse(text);
          if (time.isEmpty()) {
            reject("'%s' is not a time, expected %s".formatted(shortened(text), expected));
          }
          return time;
        });
  }

  /** One of several words. */
  Optional<String> word(Collection<String> words) {
    Optional<String> word = scalar(Tag.STR, Words.any(words));
    if (word.isPresent() && !words.contains(word.get())) {
      reject(
          "'%s' is unknown, expected %s"
              .formatted(shortened(word.get()), Words.hint(word.get(), words)));
      return Optional.empty();
    }
    return word;
  }

  /** One of an enumeration's constants. */
  <E extends Enum<E>> Optional<E> constant(Class<E> kind) {
    Map<String, E> constants = Words.constants(kind);
    return word(constants.keySet()).map(constants::get);
  }

  /** The parts of a list. */
  Optional<List<YamlValue>> items() {
    if (!(node instanceof SequenceNode list)) {
      reject("found %s, expected a list".formatted(describe()));
      return Optional.empty();
    }
    List<YamlValue> items = new ArrayList<>();
    for (Node item : list.getValue()) {
      items.add(located("%s[%d]".formatted(key, items.size()), item, item));
    }
    return Optional.of(items);
  }

  /** The parts of a mapping with fixed keys; others are reported. */
  Optional<YamlFields> fields(String... known) {
    List<String> keys = List.of(known);
    return entries("with " + theKeys(keys), theKeys(keys))
        .map(entries -> {
          Set<String> meant = new HashSet<>();
          entries.forEach((name, value) -> {
            if (!keys.contains(name)) {
              Nearest.to(name, keys).ifPresent(meant::add);
              value.reject("unknown key" + Words.nearestOrAll(name, keys));
            }
          });
          return new YamlFields(this, entries, meant);
        });
  }

  private static String theKeys(List<String> keys) {
    return "the keys " + String.join(", ", keys);
  }

  /** The parts of a mapping by names that the user chooses. */
  Optional<Map<String, YamlValue>> named(Pattern form, String expected) {
    return named(form, expected, "with " + expected);
  }

  /**
   * The same, where names alone do not say what is there.
   *
   * @param expected what a name looks like
   * @param content of the mapping, such as {@code of VMs by name}
   */
  Optional<Map<String, YamlValue>> named(Pattern form, String expected, String content) {
    return entries(content, expected)
        .map(entries -> {
          entries.forEach((name, value) -> {
            if (!form.matcher(name).matches()) {
              value.reject("'%s' is not a name, expected %s".formatted(shortened(name), expected));
            }
          });
          return entries;
        });
  }

  /** The parts of a mapping, each key once. */
  private Optional<Map<String, YamlValue>> entries(String content, String expected) {
    if (!(node instanceof MappingNode mapping)) {
      reject("found %s, expected a mapping %s".formatted(describe(), content));
      return Optional.empty();
    }
    Map<String, YamlValue> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode word && word.getTag().equals(Tag.STR)) {
        add(entries, word, tuple.getValueNode());
      } else {
        problems.add(
            key,
            tuple.getKeyNode().getStartMark(),
            "a key that is not a word, expected " + expected);
      }
    }
    return Optional.of(entries);
  }

  private void add(Map<String, YamlValue> entries, ScalarNode word, Node value) {
    String name = word.getValue();
    String path = key.isEmpty() ? name : key + "." + name;
    if (entries.containsKey(name)) {
      problems.add(
          path,
          word.getStartMark(),
          "the name is taken by line %d, expected another".formatted(problems.line(path)));
      return;
    }
    entries.put(name, located(path, value, word));
  }

  private YamlValue located(String path, Node value, Node place) {
    problems.locate(path, place);
    return new YamlValue(path, value, problems);
  }

  /** What was found, as far as it helps: another file than was meant can be one long word. */
  private static String shortened(String found) {
    String line = found.lines().findFirst().orElse("");
    return line.length() > MOST_SHOWN || line.length() < found.length()
        ? line.substring(0, Math.min(line.length(), MOST_SHOWN)) + "..."
        : line;
  }

  private Optional<String> scalar(Tag tag, String expected) {
    if (node instanceof ScalarNode scalar && node.getTag().equals(tag)) {
      return Optional.of(scalar.getValue());
    }
    reject("found %s, expected %s".formatted(describe(), expected));
    return Optional.empty();
  }

  /** What is there, for messages. */
  private String describe() {
    return switch (node) {
      case MappingNode mapping -> "a mapping";
      case SequenceNode list -> "a list";
      case ScalarNode nothing when nothing.getTag().equals(Tag.NULL) -> "nothing";
      case ScalarNode scalar when scalar.getTag().equals(Tag.STR) ->
          "'" + shortened(scalar.getValue()) + "'";
      case ScalarNode scalar -> shortened(scalar.getValue());
      default -> "something else";
    };
  }
}

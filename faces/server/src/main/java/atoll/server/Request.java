package atoll.server;

import atoll.image.ByteSize;
import atoll.image.Words;
import atoll.scenario.TimeAmount;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What a client asks for.
 *
 * @param id by which it tells the answer from others; null if it does not
 * @param fields by name, each as its parameter wants it
 */
record Request(Object id, ControlCommand command, Map<String, Object> fields) {
  /** The field that says what is asked for. */
  static final String COMMAND = "command";

  static final String ID = "id";
  private static final int LONGEST_ID = 64;

  /**
   * Understands a line.
   *
   * @throws InvalidRequestException if it makes no sense
   */
  static Request parse(String line) throws InvalidRequestException {
    Map<String, Object> given = object(line);
    Object id = given.remove(ID);
    if (!isId(id)) {
      throw new InvalidRequestException(
          "'id' is not a whole number or a string of at most %d characters".formatted(LONGEST_ID));
    }
    return new Request(id, command(given.remove(COMMAND)), given).checked();
  }

  private static Map<String, Object> object(String line) throws InvalidRequestException {
    Object value;
    try {
      value = JsonText.read(line);
    } catch (IOException e) {
      throw new InvalidRequestException("the line is not JSON: " + firstLine(e));
    }
    if (!(value instanceof Map<?, ?> map)) {
      throw new InvalidRequestException(
          "the line is not an object of JSON, expected {\"command\": …}");
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    map.forEach((name, field) -> fields.put(String.valueOf(name), field));
    return fields;
  }

  private static String firstLine(IOException problem) {
    return String.valueOf(problem.getMessage()).lines().findFirst().orElse("it is empty");
  }

  private static boolean isId(Object id) {
    return id == null
        || id instanceof Long
        || id instanceof String text && text.length() <= LONGEST_ID;
  }

  /** The id of a line that may make no sense otherwise; null if it has none. */
  static Object idOf(String line) {
    try {
      Object id = object(line).get(ID);
      return isId(id) ? id : null;
    } catch (InvalidRequestException e) {
      return null;
    }
  }

  private static ControlCommand command(Object word) throws InvalidRequestException {
    if (!(word instanceof String text)) {
      throw new InvalidRequestException("'command' is missing, or not a string");
    }
    Optional<ControlCommand> found = ControlCommand.find(text);
    if (found.isEmpty()) {
      throw new InvalidRequestException(
          "there is no command '%s'%s"
              .formatted(text, Words.nearestOrAll(text, ControlCommand.words())));
    }
    return found.get();
  }

  /** The same with each field as its parameter wants it. */
  private Request checked() throws InvalidRequestException {
    Map<String, Object> checked = new LinkedHashMap<>();
    List<ControlCommand.Parameter> known = command.parameters(fields.get(ControlCommand.ACTION));
    for (ControlCommand.Parameter parameter : known) {
      Object value = fields.get(parameter.name());
      if (value == null && parameter.required()) {
        throw new InvalidRequestException(
            "'%s' is missing, expected %s"
                .formatted(parameter.name(), parameter.kind().expected()));
      }
      if (value != null) {
        checked.put(parameter.name(), value(parameter, value));
      }
    }
    for (String name : fields.keySet()) {
      requireKnown(name, known.stream().map(ControlCommand.Parameter::name).toList());
    }
    return new Request(id, command, checked);
  }

  private void requireKnown(String name, List<String> known) throws InvalidRequestException {
    if (!known.contains(name)) {
      String hint = known.isEmpty() ? "; it takes nothing" : Words.nearestOrAll(name, known);
      throw new InvalidRequestException("'%s' has no '%s'%s".formatted(command.word(), name, hint));
    }
  }

  private static Object value(ControlCommand.Parameter parameter, Object given)
      throws InvalidRequestException {
    Object value =
        switch (parameter.kind()) {
          case TEXT -> given instanceof String ? given : null;
          case NUMBER -> number(given);
          case SIZE -> size(given);
          case TIME -> given instanceof String text ? TimeAmount.parse(text).orElse(null) : null;
          case FLAG, UP -> given instanceof Boolean ? given : null;
          case DISK_ACTION -> "resize".equals(given) || "change".equals(given) ? given : null;
          case DEVICE_ACTION -> "replace".equals(given) ? given : null;
          case LIST -> texts(given);
        };
    if (value == null) {
      throw new InvalidRequestException(
          "'%s' is %s, expected %s"
              .formatted(parameter.name(), JsonText.line(given), parameter.kind().expected()));
    }
    return value;
  }

  private static Integer number(Object given) {
    return given instanceof Long number && number >= 0 && number <= Integer.MAX_VALUE
        ? Integer.valueOf(number.intValue())
        : null;
  }

  private static Long size(Object given) {
    if (given instanceof Long number && number >= 0) {
      return number;
    }
    return given instanceof String text && ByteSize.parse(text).isPresent()
        ? Long.valueOf(ByteSize.parse(text).getAsLong())
        : null;
  }

  private static Set<String> texts(Object given) {
    Set<String> texts = new LinkedHashSet<>();
    if (given instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
      list.forEach(text -> texts.add((String) text));
      return texts;
    }
    return null;
  }

  String vm() {
    return text("vm");
  }

  Optional<String> vmIfAny() {
    return Optional.ofNullable((String) fields.get("vm"));
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  String text(String name) {
    return (String) fields.get(name);
  }

  int number(String name) {
    return (Integer) fields.get(name);
  }

  OptionalInt numberIfAny(String name) {
    return fields.get(name) instanceof Integer number
        ? OptionalInt.of(number)
        : OptionalInt.empty();
  }

  long bytes() {
    return (Long) fields.get("bytes");
  }

  Optional<Duration> time(String name) {
    return Optional.ofNullable((Duration) fields.get(name));
  }

  /** Whether a flag is set; it is not if it is not given. */
  boolean flag(String name) {
    return Boolean.TRUE.equals(fields.get(name));
  }

  @SuppressWarnings("unchecked") // As texts() has made it.
  Optional<Set<String>> texts(String name) {
    return Optional.ofNullable((Set<String>) fields.get(name));
  }
}

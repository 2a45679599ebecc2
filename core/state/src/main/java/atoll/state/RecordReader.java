package atoll.state;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Makes a record of a tree of values, which may say anything. */
final class RecordReader {
  private final Path path = new Path();

  /** The object of {@code type} that {@code value} is. */
  Object read(Value value, Type type) {
    return switch (type) {
      case ParameterizedType generic -> generic(value, generic);
      case Class<?> plain -> plain(value, plain);
      default -> throw new IllegalArgumentException("a state cannot hold a " + type);
    };
  }

  private Object generic(Value value, ParameterizedType type) {
    Type[] of = type.getActualTypeArguments();
    if (type.getRawType() == List.class) {
      return Collections.unmodifiableList(items(value, of[0]));
    }
    if (type.getRawType() == Map.class) {
      return map(value, of[0], of[1]);
    }
    if (type.getRawType() == Optional.class) {
      return optional(value, of[0]);
    }
    throw new IllegalArgumentException("a state cannot hold a " + type);
  }

  private Object plain(Value value, Class<?> type) {
    if (Value.class.isAssignableFrom(type)) {
      return expect(value, type);
    }
    if (type.isRecord()) {
      return record(value, type);
    }
    if (type.isSealed()) {
      return record(value, permitted(value, type));
    }
    if (type.isEnum()) {
      return constant(value, type);
    }
    if (type.isArray()) {
      return array(value, type.getComponentType());
    }
    return switch (type.getSimpleName()) {
      case "String" -> text(value);
      case "Path" -> file(value);
      case "InetSocketAddress" -> address(value);
      case "OptionalInt" ->
          optional(value, Integer.class)
              .map(n -> OptionalInt.of((int) n))
              .orElse(OptionalInt.empty());
      case "OptionalLong" ->
          optional(value, Long.class)
              .map(n -> OptionalLong.of((long) n))
              .orElse(OptionalLong.empty());
      default -> scalar(value, type);
    };
  }

  private String text(Value value) {
    return expect(value, Value.Text.class).value();
  }

  private java.nio.file.Path file(Value value) {
    try {
      return java.nio.file.Path.of(text(value));
    } catch (InvalidPathException e) {
      throw path.failure(value.at(), "a path", value.kind());
    }
  }

  /** Nothing is looked up by a name that somebody has put there. */
  private InetSocketAddress address(Value value) {
    String text = text(value);
    int colon = text.lastIndexOf(':');
    try {
      return new InetSocketAddress(
          InetAddress.ofLiteral(text.substring(0, Math.max(0, colon))),
          Integer.parseInt(text.substring(colon + 1)));
    } catch (IllegalArgumentException e) {
      throw path.failure(value.at(), "an address and a port", value.kind());
    }
  }

  private Object scalar(Value value, Class<?> type) {
    long n = expect(value, Value.Whole.class).value();
    if (type == long.class || type == Long.class) {
      return n;
    }
    if (type == int.class || type == Integer.class) {
      return (int) within(value, n, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    if (type == Duration.class) {
      return Duration.ofNanos(n);
    }
    if (type == boolean.class || type == Boolean.class) {
      return within(value, n, 0, 1) == 1;
    }
    if (type == byte.class || type == Byte.class) {
      return (byte) within(value, n, Byte.MIN_VALUE, Byte.MAX_VALUE);
    }
    if (type == short.class || type == Short.class) {
      return (short) within(value, n, Short.MIN_VALUE, Short.MAX_VALUE);
    }
    if (type == char.class || type == Character.class) {
      return (char) within(value, n, Character.MIN_VALUE, Character.MAX_VALUE);
    }
    if (type == float.class || type == Float.class) {
      long bits = within(value, n, Integer.MIN_VALUE, Integer.MAX_VALUE);
      return Float.intBitsToFloat((int) bits);
    }
    if (type == double.class || type == Double.class) {
      return Double.longBitsToDouble(n);
    }
    throw new IllegalArgumentException("a state cannot hold a " + type);
  }

  private long within(Value value, long n, long least, long most) {
    if (n < least || n > most) {
      throw path.failure(
          value.at(), "a number from %d to %d".formatted(least, most), Long.toString(n));
    }
    return n;
  }

  private List<Object> items(Value value, Type type) {
    List<Object> items = new ArrayList<>();
    for (Value item : expect(value, Value.Listing.class).items()) {
      path.enter(items.size());
      items.add(read(item, type));
      path.leave();
    }
    return items;
  }

  private Object array(Value value, Class<?> of) {
    if (of == byte.class) {
      return expect(value, Value.Binary.class).value().clone();
    }
    List<Object> items = items(value, of);
    Object array = Array.newInstance(of, items.size());
    for (int i = 0; i < items.size(); i++) {
      Array.set(array, i, items.get(i));
    }
    return array;
  }

  private Optional<Object> optional(Value value, Type type) {
    List<Object> items = items(value, type);
    if (items.size() > 1) {
      throw path.failure(value.at(), "one value or none", items.size() + " of them");
    }
    return items.stream().findFirst();
  }

  private Map<Object, Object> map(Value value, Type keys, Type values) {
    Map<Object, Object> map = new LinkedHashMap<>();
    for (Value item : expect(value, Value.Listing.class).items()) {
      path.enter(map.size());
      List<Value> pair = expect(item, Value.Listing.class).items();
      if (pair.size() != 2) {
        throw path.failure(item.at(), "a key and its value", item.kind());
      }
      Object key = read(pair.getFirst(), keys);
      path.leave();
      path.enter(String.valueOf(key));
      if (map.put(key, read(pair.getLast(), values)) != null) {
        throw path.failure(item.at(), "each key once", "another");
      }
      path.leave();
    }
    return Collections.unmodifiableMap(map);
  }

  private Object constant(Value value, Class<?> type) {
    String name = expect(value, Value.Text.class).value();
    for (Object constant : type.getEnumConstants()) {
      if (((Enum<?>) constant).name().equals(name)) {
        return constant;
      }
    }
    throw path.failure(value.at(), "one of " + List.of(type.getEnumConstants()), value.kind());
  }

  private Class<?> permitted(Value value, Class<?> type) {
    String name = expect(value, Value.Fields.class).type();
    Map<String, Class<?>> known = new LinkedHashMap<>();
    addPermitted(type, known);
    if (known.containsKey(name)) {
      return known.get(name);
    }
    throw path.failure(value.at(), "one of the records " + known.keySet(), value.kind());
  }

  private static void addPermitted(Class<?> type, Map<String, Class<?>> known) {
    for (Class<?> permitted : type.getPermittedSubclasses()) {
      if (permitted.isSealed()) {
        addPermitted(permitted, known);
      } else {
        known.put(RecordShape.name(permitted), permitted);
      }
    }
  }

  private Object record(Value value, Class<?> type) {
    Value.Fields fields = expect(value, Value.Fields.class);
    if (!fields.type().equals(RecordShape.name(type))) {
      throw path.failure(value.at(), "a record " + RecordShape.name(type), value.kind());
    }
    RecordShape shape = RecordShape.of(type);
    Map<String, Value> left = new LinkedHashMap<>(fields.values());
    List<Object> values = new ArrayList<>();
    for (RecordComponent component : shape.components()) {
      path.enter(component.getName());
      Value field = left.remove(component.getName());
      if (field == null) {
        throw path.failure(value.at(), "the field", "none of that name");
      }
      values.add(read(field, component.getGenericType()));
      path.leave();
    }
    if (!left.isEmpty()) {
      throw path.failure(value.at(), "no other fields", left.keySet().toString());
    }
    return make(shape, values, value);
  }

  private Object make(RecordShape shape, List<Object> values, Value value) {
    try {
      return shape.make(values.toArray());
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      if (cause instanceof Error error) {
        throw error;
      }
      throw path.refusal(value.at(), cause.getMessage(), cause);
    }
  }

  private <T> T expect(Value value, Class<T> kind) {
    if (!kind.isInstance(value)) {
      throw path.failure(value.at(), name(kind), value.kind());
    }
    return kind.cast(value);
  }

  private static String name(Class<?> kind) {
    return switch (kind.getSimpleName()) {
      case "Whole" -> "a number";
      case "Text" -> "text";
      case "Binary" -> "bytes";
      case "Listing" -> "a list";
      default -> "a record";
    };
  }
}

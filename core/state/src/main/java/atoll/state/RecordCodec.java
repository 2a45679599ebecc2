package atoll.state;

import java.lang.reflect.Array;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * Records as trees of values. Fields may be primitives and their boxes, strings, enumerations,
 * arrays, lists, optionals, maps, values, other records, and sealed interfaces of records; and
 * paths, which are kept as absolute ones, durations, and addresses of sockets by numbers. A module
 * opens the packages of its records to this one.
 */
public final class RecordCodec {
  private RecordCodec() {}

  /**
   * The tree of a record.
   *
   * @throws IllegalArgumentException if a field is something else than the above
   */
  public static Value toValue(Object object) {
    return switch (object) {
      case Value value -> value;
      case Record record -> fields(record);
      case String text -> text(text);
      case Enum<?> constant -> new Value.Text(constant.name(), Value.MADE);
      case Boolean b -> Value.of(b);
      case Character c -> Value.of(c);
      case Float f -> Value.of(Float.floatToRawIntBits(f));
      case Double d -> Value.of(Double.doubleToRawLongBits(d));
      case Number n when isWhole(n) -> Value.of(n.longValue());
      case byte[] bytes -> new Value.Binary(bytes.clone(), Value.MADE);
      case List<?> list -> listing(list);
      case Optional<?> optional -> listing(optional.map(List::<Object>of).orElse(List.of()));
      case OptionalInt n -> listing(n.isPresent() ? List.of(n.getAsInt()) : List.of());
      case OptionalLong n -> listing(n.isPresent() ? List.of(n.getAsLong()) : List.of());
      case java.nio.file.Path path -> text(path.toAbsolutePath().toString());
      case Duration duration -> Value.of(duration.toNanos());
      case InetSocketAddress address -> text(address.getHostString() + ":" + address.getPort());
      case Map<?, ?> map -> pairs(map);
      case Object array when array.getClass().isArray() -> array(array);
      default ->
          throw new IllegalArgumentException(
              "a state cannot hold a " + object.getClass().getName());
    };
  }

  /**
   * The record that a tree is of.
   *
   * @throws StateException if it is none of that type
   */
  public static <T> T fromValue(Value value, Class<T> type) {
    return type.cast(new RecordReader().read(value, type));
  }

  /**
   * Looks at a class of records, and at all that its fields can hold, so that the first tree of one
   * takes no longer than the next.
   */
  public static void prepare(Class<?> type) {
    prepare(type, new HashSet<>());
  }

  private static void prepare(Type type, Set<Type> known) {
    if (!known.add(type)) {
      return;
    }
    switch (type) {
      case ParameterizedType generic ->
          Arrays.stream(generic.getActualTypeArguments()).forEach(of -> prepare(of, known));
      case Class<?> several when several.isSealed() ->
          Arrays.stream(several.getPermittedSubclasses()).forEach(of -> prepare(of, known));
      case Class<?> one when one.isRecord() ->
          RecordShape.of(one)
              .components()
              .forEach(component -> prepare(component.getGenericType(), known));
      default -> {}
    }
  }

  private static Value text(String text) {
    return new Value.Text(text, Value.MADE);
  }

  private static boolean isWhole(Number n) {
    return n instanceof Long || n instanceof Integer || n instanceof Short || n instanceof Byte;
  }

  private static Value fields(Record record) {
    RecordShape shape = RecordShape.of(record.getClass());
    Map<String, Value> values = new TreeMap<>();
    shape
        .components()
        .forEach(
            component -> values.put(component.getName(), toValue(shape.get(record, component))));
    return new Value.Fields(RecordShape.name(record.getClass()), values, Value.MADE);
  }

  private static Value listing(List<?> list) {
    List<Value> items = new ArrayList<>();
    list.forEach(item -> items.add(toValue(item)));
    return Value.of(items);
  }

  /** By key, so that equal maps are equal bytes. */
  private static Value pairs(Map<?, ?> map) {
    List<Value> pairs = new ArrayList<>();
    new TreeMap<>(map)
        .forEach((key, value) -> pairs.add(Value.of(List.of(toValue(key), toValue(value)))));
    return Value.of(pairs);
  }

  private static Value array(Object array) {
    List<Value> items = new ArrayList<>();
    for (int i = 0; i < Array.getLength(array); i++) {
      items.add(toValue(Array.get(array, i)));
    }
    return Value.of(items);
  }
}

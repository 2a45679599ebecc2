package atoll.state;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * State without its Java types: what the bytes say, and what an {@link StateFormat.Upgrade}
 * changes. Each knows the offset of the byte at which it began, or has {@link #MADE}, for messages.
 */
public sealed interface Value {
  /** The offset of what was not read from bytes. */
  int MADE = -1;

  /** Offset of its first byte, or {@link #MADE}. */
  int at();

  /** What it is, for messages. */
  String kind();

  /** A number, truth value, or the raw bits of a floating-point number. */
  record Whole(long value, int at) implements Value {
    @Override
    public String kind() {
      return "the number " + value;
    }
  }

  /** A string, or the name of an enumeration's constant. */
  record Text(String value, int at) implements Value {
    private static final int SHOWN = 40;

    public Text {
      Objects.requireNonNull(value, "value");
    }

    @Override
    public String kind() {
      return "the text '%s'"
          .formatted(value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "…");
    }
  }

  /** Bytes; neither side changes the array. */
  @SuppressWarnings("ArrayRecordComponent") // large ones exist, and nobody compares them
  record Binary(byte[] value, int at) implements Value {
    public Binary {
      Objects.requireNonNull(value, "value");
    }

    @Override
    public String kind() {
      return value.length + " bytes";
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Binary b && Arrays.equals(value, b.value) && at == b.at;
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(value);
    }
  }

  /** Values in their order: a list, an array, an optional, or the pairs of a map. */
  record Listing(List<Value> items, int at) implements Value {
    public Listing {
      items = List.copyOf(items);
    }

    @Override
    public String kind() {
      return "a list of " + items.size();
    }
  }

  /**
   * A record.
   *
   * @param type its name with those of what it is nested in, without its package
   */
  record Fields(String type, Map<String, Value> values, int at) implements Value {
    public Fields {
      values = Map.copyOf(values);
    }

    @Override
    public String kind() {
      return "a record " + type;
    }

    /** The same with another value, or one more. */
    public Fields with(String name, Value value) {
      Map<String, Value> changed = new LinkedHashMap<>(values);
      changed.put(name, value);
      return new Fields(type, changed, at);
    }

    /** The same without a value; nothing happens if it is not there. */
    public Fields without(String name) {
      Map<String, Value> changed = new LinkedHashMap<>(values);
      changed.remove(name);
      return new Fields(type, changed, at);
    }
  }

  /** A truth value. */
  static Value of(boolean value) {
    return new Whole(value ? 1 : 0, MADE);
  }

  /** A number. */
  static Value of(long value) {
    return new Whole(value, MADE);
  }

  /** Values in their order. */
  static Value of(List<Value> items) {
    return new Listing(items, MADE);
  }
}

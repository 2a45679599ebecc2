package atoll.state;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads what {@link ValueWriter} writes, from bytes that anybody may have made: nothing is
 * allocated that is larger than what is left of them, and nothing is nested deeper than {@value
 * #DEPTH}.
 */
final class ValueReader {
  /** Most records and lists inside one another. */
  static final int DEPTH = 64;

  private static final int SMALL = 16;

  private final byte[] bytes;
  private final List<String> names = new ArrayList<>();
  private final Path path = new Path();
  private int at;

  ValueReader(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Reads the whole of a tree, behind which nothing may be. */
  Value last() {
    Value value = value(0);
    if (at != bytes.length) {
      throw failure("the end", (bytes.length - at) + " more bytes");
    }
    return value;
  }

  /** Whether {@code expected} is what comes next; if so, goes on behind it. */
  boolean skips(byte[] expected) {
    boolean there =
        bytes.length - at >= expected.length
            && Arrays.equals(bytes, at, at + expected.length, expected, 0, expected.length);
    at += there ? expected.length : 0;
    return there;
  }

  private Value value(int depth) {
    if (depth > DEPTH) {
      throw failure("records and lists at most %d deep".formatted(DEPTH), "one more");
    }
    int start = at;
    int tag = next("a value");
    return switch (tag) {
      case ValueWriter.WHOLE -> new Value.Whole(signed(), start);
      case ValueWriter.TEXT -> new Value.Text(text(), start);
      case ValueWriter.BINARY -> new Value.Binary(take(count("bytes")), start);
      case ValueWriter.LISTING -> new Value.Listing(items(depth), start);
      case ValueWriter.FIELDS -> new Value.Fields(name(), fields(depth), start);
      default -> {
        at = start;
        throw failure("a kind of value from 0 to 4", Integer.toString(tag));
      }
    };
  }

  private List<Value> items(int depth) {
    int count = count("items");
    List<Value> items = new ArrayList<>(Math.min(count, SMALL));
    for (int i = 0; i < count; i++) {
      path.enter(i);
      items.add(value(depth + 1));
      path.leave();
    }
    return items;
  }

  private Map<String, Value> fields(int depth) {
    int count = count("fields");
    Map<String, Value> values = new HashMap<>();
    for (int i = 0; i < count; i++) {
      String name = name();
      path.enter(name);
      if (values.put(name, value(depth + 1)) != null) {
        throw failure("each field once", "another");
      }
      path.leave();
    }
    return values;
  }

  private String name() {
    int start = at;
    long number = unsigned();
    if (number == names.size()) {
      names.add(text());
    } else if (number < 0 || number > names.size()) {
      at = start;
      throw failure("a name from 0 to " + names.size(), Long.toUnsignedString(number));
    }
    return names.get((int) number);
  }

  private String text() {
    int start = at;
    ByteBuffer utf8 = ByteBuffer.wrap(take(count("bytes of text")));
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
    } catch (CharacterCodingException e) {
      at = start;
      throw failure("text in UTF-8", "other bytes");
    }
  }

  /** How many follow: each takes a byte at least. */
  private int count(String what) {
    int start = at;
    long count = unsigned();
    if (count < 0 || count > bytes.length - at) {
      int left = bytes.length - at;
      at = start;
      throw failure(
          "at most %d %s, for that is what is left".formatted(left, what),
          Long.toUnsignedString(count));
    }
    return (int) count;
  }

  private byte[] take(int count) {
    byte[] part = Arrays.copyOfRange(bytes, at, at + count);
    at += count;
    return part;
  }

  private long signed() {
    long folded = unsigned();
    return folded >>> 1 ^ -(folded & 1);
  }

  long unsigned() {
    int start = at;
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int digit = next("the rest of a number");
      value |= (digit & 0x7fL) << shift;
      if (digit < 0x80) {
        return value;
      }
    }
    at = start;
    throw failure("a number of at most 64 bits", "a longer one");
  }

  private int next(String what) {
    if (at == bytes.length) {
      throw failure(what, "the end");
    }
    return bytes[at++] & 0xff;
  }

  private StateException failure(String expected, String found) {
    return path.failure(at, expected, found);
  }
}

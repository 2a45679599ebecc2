package atoll.state;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The bytes of a tree of values. Numbers are in base 128, least significant digit first, their sign
 * in bit 0. The names of types and fields are written out once and then by number.
 */
final class ValueWriter {
  static final int WHOLE = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int LISTING = 3;
  static final int FIELDS = 4;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Map<String, Integer> names = new HashMap<>();

  byte[] bytes() {
    return out.toByteArray();
  }

  void raw(byte[] bytes) {
    out.writeBytes(bytes);
  }

  void write(Value value) {
    switch (value) {
      case Value.Whole w -> {
        out.write(WHOLE);
        unsigned(w.value() << 1 ^ w.value() >> 63);
      }
      case Value.Text t -> {
        out.write(TEXT);
        text(t.value());
      }
      case Value.Binary b -> {
        out.write(BINARY);
        unsigned(b.value().length);
        out.writeBytes(b.value());
      }
      case Value.Listing l -> {
        out.write(LISTING);
        unsigned(l.items().size());
        l.items().forEach(this::write);
      }
      case Value.Fields f -> fields(f);
    }
  }

  /** In the order of their names, so that equal states are equal bytes. */
  private void fields(Value.Fields f) {
    out.write(FIELDS);
    name(f.type());
    unsigned(f.values().size());
    new TreeMap<>(f.values())
        .forEach((name, value) -> {
          name(name);
          write(value);
        });
  }

  private void name(String name) {
    Integer known = names.putIfAbsent(name, names.size());
    unsigned(known == null ? names.size() - 1 : known);
    if (known == null) {
      text(name);
    }
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    unsigned(bytes.length);
    out.writeBytes(bytes);
  }

  void unsigned(long value) {
    long left = value;
    while ((left & ~0x7fL) != 0) {
      out.write((int) left & 0x7f | 0x80);
      left >>>= 7;
    }
    out.write((int) left);
  }
}

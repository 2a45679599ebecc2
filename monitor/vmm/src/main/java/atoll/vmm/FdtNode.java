package atoll.vmm;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A node of a device tree: a name, properties in order, children in order (Devicetree Specification
 * v0.4 §2.2). Cells and numbers are big-endian. Not thread-safe.
 *
 * <p>Two properties or children of one name are an author's mistake, but kept as they are; the
 * first one is meant, as in libfdt.
 */
public final class FdtNode {
  private final String name;
  private final List<Property> properties = new ArrayList<>();
  private final List<FdtNode> children = new ArrayList<>();

  /** A name and the bytes that it stands for, which are never changed. */
  static final class Property {
    private final String name;
    private final byte[] value;

    private Property(String name, byte[] value) {
      this.name = name;
      this.value = value;
    }

    String name() {
      return name;
    }

    byte[] value() {
      return value;
    }
  }

  /**
   * A node without properties; {@code name} is {@code node-name@unit-address}, empty at the root.
   */
  public FdtNode(String name) {
    this.name = name;
  }

  public String name() {
    return name;
  }

  /** Its children in order. */
  public List<FdtNode> children() {
    return List.copyOf(children);
  }

  /** Its property names in order. */
  public List<String> properties() {
    return properties.stream().map(Property::name).toList();
  }

  /** The properties themselves, in order. */
  List<Property> content() {
    return properties;
  }

  /** The bytes of a property. */
  public Optional<byte[]> property(String property) {
    int at = indexOf(property);
    return at < 0 ? Optional.empty() : Optional.of(properties.get(at).value.clone());
  }

  private int indexOf(String property) {
    for (int i = 0; i < properties.size(); i++) {
      if (properties.get(i).name.equals(property)) {
        return i;
      }
    }
    return -1;
  }

  /** Sets a property to bytes as they are: in its place, or at the end if it is new. */
  public FdtNode bytes(String property, byte[] value) {
    int at = indexOf(property);
    Property set = new Property(property, value.clone());
    if (at < 0) {
      properties.add(set);
    } else {
      properties.set(at, set);
    }
    return this;
  }

  /** Adds a property at the end, whatever is there; the bytes become the node's own. */
  void append(String property, byte[] value) {
    properties.add(new Property(property, value));
  }

  /** Sets a property that means something by its presence. */
  public FdtNode flag(String property) {
    return bytes(property, new byte[0]);
  }

  /** Sets a property to 32-bit cells. */
  public FdtNode cells(String property, int... cells) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * cells.length);
    for (int cell : cells) {
      buffer.putInt(cell);
    }
    return bytes(property, buffer.array());
  }

  /** Sets a property to 64-bit numbers, two cells each. */
  public FdtNode longs(String property, long... numbers) {
    ByteBuffer buffer = ByteBuffer.allocate(8 * numbers.length);
    for (long number : numbers) {
      buffer.putLong(number);
    }
    return bytes(property, buffer.array());
  }

  /** Sets a property to one string or a list of strings, each terminated by a zero byte. */
  public FdtNode strings(String property, String... values) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String value : values) {
      bytes.writeBytes(value.getBytes(StandardCharsets.UTF_8));
      bytes.write(0);
    }
    return bytes(property, bytes.toByteArray());
  }

  /** Takes a property away, if it is there. */
  public FdtNode without(String property) {
    properties.removeIf(p -> p.name.equals(property));
    return this;
  }

  /** The child of that name, made at the end if there is none. */
  public FdtNode child(String childName) {
    return find(childName)
        .orElseGet(() -> {
          FdtNode added = new FdtNode(childName);
          children.add(added);
          return added;
        });
  }

  /** Adds a child at the end. */
  public FdtNode add(FdtNode added) {
    children.add(added);
    return this;
  }

  /** The child of that name. */
  public Optional<FdtNode> find(String childName) {
    return children.stream().filter(c -> c.name.equals(childName)).findFirst();
  }
}

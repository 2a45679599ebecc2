package atoll.vmm;

import atoll.vmm.FdtTree.Reservation;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a device tree blob (Devicetree Specification v0.4 §5) that a user has given, of version 16
 * or 17. Any error in it becomes a {@link VmException} that names the file, the field, the value
 * and the expectation.
 */
public final class FdtReader {
  /** Linux goes no deeper, either. */
  private static final int DEPTH_LIMIT = 64;

  private final FdtCheck check;
  private final FdtHeader header;
  private final ByteBuffer blob;

  /** By their offset in the strings block. */
  private final Map<Integer, String> propertyNames = new HashMap<>();

  /** Characters in them, which may overlap in the blob and so be more than it has bytes. */
  private long named;

  /** Where the latest token is, for messages. */
  private int tokenAt;

  private FdtReader(String file, MemorySegment bytes) {
    check = new FdtCheck(file);
    header = FdtHeader.of(check, bytes);
    blob = ByteBuffer.wrap(bytes.asSlice(0, header.totalSize()).toArray(ValueLayout.JAVA_BYTE));
  }

  /**
   * The tree in {@code bytes}, and what is beside it.
   *
   * @param file the name for messages
   * @throws VmException if it is not a valid blob
   */
  public static FdtTree read(String file, MemorySegment bytes) {
    return new FdtReader(file, bytes).tree();
  }

  private FdtTree tree() {
    List<Reservation> reservations = reservations();
    int reservationsEnd = blob.position();
    header.requireApart(check, reservationsEnd);
    blob.limit(header.structure().end()).position(header.structure().start());
    FdtNode root = root();
    int padding = header.padding(reservationsEnd, blob.position());
    return new FdtTree(root, reservations, header.bootHart(), padding);
  }

  private List<Reservation> reservations() {
    List<Reservation> all = new ArrayList<>();
    blob.position(header.reservations().start());
    while (true) {
      if (blob.remaining() < FdtFormat.RESERVATION_SIZE) {
        throw check.refusal(
            "the end of the memory reservation block",
            blob.position(),
            "an entry of zeroes before totalsize, which is " + header.totalSize());
      }
      Reservation entry = new Reservation(blob.getLong(), blob.getLong());
      if (entry.address() == 0 && entry.size() == 0) {
        return all;
      }
      all.add(entry);
    }
  }

  private FdtNode root() {
    int token = token();
    requireToken(token == FdtFormat.BEGIN_NODE, token, "1 (FDT_BEGIN_NODE)");
    FdtNode root = node(0);
    token = token();
    requireToken(token == FdtFormat.END, token, "9 (FDT_END) behind the root node");
    return root;
  }

  private FdtNode node(int depth) {
    if (depth >= DEPTH_LIMIT) {
      throw check.refusal("depth of the node" + place(), depth, "less than " + DEPTH_LIMIT);
    }
    FdtNode node = new FdtNode(name());
    for (int token = token(); token != FdtFormat.END_NODE; token = token()) {
      switch (token) {
        case FdtFormat.PROP -> property(node);
        case FdtFormat.BEGIN_NODE -> node.add(node(depth + 1));
        default -> requireToken(false, token, "1, 2 or 3 (a node, its end or a property)");
      }
    }
    return node;
  }

  private void property(FdtNode node) {
    long length = word();
    String name = propertyName();
    int left = blob.remaining();
    if (length > left) {
      throw check.refusal(
          "length of property '%s'%s".formatted(name, place()),
          length,
          "at most %d, to the end of the structure block".formatted(left));
    }
    byte[] value = new byte[(int) length];
    blob.get(value);
    align();
    node.append(name, value);
  }

  private String propertyName() {
    long offset = word();
    int size = header.strings().end() - header.strings().start();
    if (offset >= size) {
      throw check.refusal("name offset of the property" + place(), offset, "less than " + size);
    }
    int at = (int) offset;
    String name = propertyNames.get(at);
    return name == null ? propertyName(at) : name;
  }

  private String propertyName(int offset) {
    FdtHeader.Block strings = header.strings();
    String name = string("property name", strings.start() + offset, strings.end());
    named += name.length();
    if (named > FdtHeader.LARGEST) {
      throw check.refusal(
          "length of all property names up to offset 0x%x".formatted(offset),
          named,
          "at most " + FdtHeader.LARGEST);
    }
    propertyNames.put(offset, name);
    return name;
  }

  private String name() {
    String name = string("node name", blob.position(), blob.limit());
    blob.position(blob.position() + name.length() + 1);
    align();
    return name;
  }

  /** The next token that is not a no-operation. */
  private int token() {
    int token;
    do {
      tokenAt = blob.position();
      token = (int) word();
    } while (token == FdtFormat.NOP);
    return token;
  }

  private void requireToken(boolean valid, int token, String expected) {
    if (!valid) {
      throw check.refusal("token" + place(), Integer.toUnsignedLong(token), expected);
    }
  }

  private String place() {
    return " at offset 0x%x".formatted(tokenAt);
  }

  private long word() {
    if (blob.remaining() < 4) {
      throw check.refusal("end of the structure block", blob.limit(), "more tokens, up to FDT_END");
    }
    return Integer.toUnsignedLong(blob.getInt());
  }

  private void align() {
    int past = blob.position() - header.structure().start();
    blob.position(Math.min(blob.limit(), blob.position() + (-past & 3)));
  }

  /** The terminated string at an offset; one character a byte. */
  private String string(String what, int start, int limit) {
    int end = start;
    while (end < limit && blob.array()[end] != 0) {
      end++;
    }
    if (end >= limit) {
      throw check.refusal(
          "the end of the %s at offset 0x%x".formatted(what, start),
          limit,
          "a zero byte before it");
    }
    return new String(blob.array(), start, end - start, StandardCharsets.ISO_8859_1);
  }
}

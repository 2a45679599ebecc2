package atoll.vmm;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads a device tree blob (Devicetree Specification v0.4 §5) that a user has given. Whatever is
 * wrong with it becomes a {@link VmException} that names the file, the value and the expectation.
 */
public final class FdtReader {
  private static final int DEPTH_LIMIT = 64;

  private final String file;
  private final ByteBuffer blob;
  private final int stringsAt;
  private final int stringsEnd;

  private FdtReader(String file, byte[] bytes) {
    this.file = file;
    this.blob = ByteBuffer.wrap(bytes);
    require(bytes.length >= FdtFormat.HEADER_SIZE, "length", bytes.length, "40 bytes or more");
    require(blob.getInt(0) == FdtFormat.MAGIC, "magic", blob.getInt(0), "0xd00dfeed");
    block("the whole blob", 0, blob.getInt(4));
    blob.limit(Math.max(blob.getInt(4), FdtFormat.HEADER_SIZE));
    int version = blob.getInt(20);
    require(version >= FdtFormat.VERSION, "version", version, "17; use a current dtc");
    require(
        blob.getInt(24) <= FdtFormat.VERSION,
        "last compatible version",
        blob.getInt(24),
        "17 or less");
    stringsAt = blob.getInt(12);
    stringsEnd = block("the strings block", stringsAt, blob.getInt(32));
  }

  /**
   * The root of the tree in {@code bytes}.
   *
   * @param file the name for messages
   * @throws VmException if it is no valid blob of version 17
   */
  public static FdtNode read(String file, byte[] bytes) {
    return new FdtReader(file, bytes).root();
  }

  private FdtNode root() {
    int at = blob.getInt(8);
    int end = block("the structure block", at, blob.getInt(36));
    blob.limit(end).position(at);
    int token = token();
    require(token == FdtFormat.BEGIN_NODE, "first token", token, "1 (FDT_BEGIN_NODE)");
    return node(0);
  }

  private FdtNode node(int depth) {
    require(depth < DEPTH_LIMIT, "depth", depth, "less than " + DEPTH_LIMIT);
    FdtNode node = new FdtNode(name());
    for (int token = token(); token != FdtFormat.END_NODE; token = token()) {
      switch (token) {
        case FdtFormat.PROP -> property(node);
        case FdtFormat.BEGIN_NODE -> node.add(node(depth + 1));
        default -> require(false, "token", token, "1, 2 or 3");
      }
    }
    return node;
  }

  private void property(FdtNode node) {
    int length = word();
    String name = string(stringsAt, word(), stringsEnd);
    int left = blob.remaining();
    require(length >= 0 && length <= left, "length of " + name, length, "at most " + left);
    byte[] value = new byte[length];
    blob.get(value);
    align();
    node.bytes(name, value);
  }

  private String name() {
    String name = string(blob.position(), 0, blob.limit());
    blob.position(blob.position() + name.length() + 1);
    align();
    return name;
  }

  /** The next token that is not a no-operation. */
  private int token() {
    int token = word();
    while (token == FdtFormat.NOP) {
      token = word();
    }
    return token;
  }

  private int word() {
    require(blob.remaining() >= 4, "structure block", blob.position(), "more tokens behind it");
    return blob.getInt();
  }

  private void align() {
    blob.position(Math.min(blob.limit(), (blob.position() + 3) & ~3));
  }

  /** A terminated string at {@code base + offset}; one character a byte. */
  private String string(int base, int offset, int limit) {
    require(offset >= 0 && offset < limit - base, "string offset", offset, "inside its block");
    int end = base + offset;
    while (end < limit && blob.array()[end] != 0) {
      end++;
    }
    require(end < limit, "string at", base + offset, "a zero byte at its end");
    return new String(
        blob.array(), base + offset, end - base - offset, StandardCharsets.ISO_8859_1);
  }

  /** The end of a block, which lies within the blob. */
  private int block(String what, int at, int size) {
    require(
        at >= 0 && size >= 0 && size <= blob.limit() - at,
        "end of " + what,
        at + size,
        "at most " + blob.limit());
    return at + size;
  }

  private void require(boolean valid, String what, int value, String expected) {
    if (!valid) {
      throw new VmException(
          "%s is no valid device tree blob: %s is %d (0x%x), expected %s"
              .formatted(file, what, value, value, expected));
    }
  }
}

package atoll.share;

import atoll.host.FileCalls;
import atoll.host.FileError;
import java.lang.foreign.MemorySegment;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * A message of a client: {@code size[4] type[1] tag[2]} and fields, little-endian. Reading beyond
 * its end throws {@link BufferUnderflowException}.
 */
final class Request {
  private static final int HEADER = 7;
  private static final int MOST_NAME = 255;

  private final ByteBuffer bytes;
  private final int size;
  private final int type;
  private final int tag;

  /** Over a buffer that has a header at least, in little-endian order. */
  Request(ByteBuffer bytes) {
    this.bytes = bytes;
    size = bytes.getInt();
    type = u8();
    tag = u16();
    if (size >= HEADER && size < bytes.limit()) {
      bytes.limit(size); // A client may give more than it has to say.
    }
  }

  int type() {
    return type;
  }

  int tag() {
    return tag;
  }

  /** Whether it is as long as it says. */
  boolean whole() {
    return size == bytes.limit();
  }

  int u8() {
    return bytes.get() & 0xff;
  }

  int u16() {
    return bytes.getShort() & 0xffff;
  }

  int i32() {
    return bytes.getInt();
  }

  long u32() {
    return bytes.getInt() & 0xffff_ffffL;
  }

  long i64() {
    return bytes.getLong();
  }

  /** A string: {@code length[2]} and bytes, none of which is zero. */
  byte[] text() throws FileError {
    int length = u16();
    if (length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] text = new byte[length];
    bytes.get(text);
    for (byte b : text) {
      if (b == 0) {
        throw new FileError(FileCalls.EINVAL);
      }
    }
    return text;
  }

  /** The name of something in a folder: one component. */
  byte[] name() throws FileError {
    byte[] name = text();
    if (name.length > MOST_NAME) {
      throw new FileError(FileCalls.ENAMETOOLONG);
    }
    boolean wrong = name.length == 0;
    for (byte b : name) {
      wrong |= b == '/';
    }
    if (wrong) {
      throw new FileError(FileCalls.ENOENT);
    }
    return name;
  }

  /** The name of something that is to be made, moved or removed: not the folder or its parent. */
  byte[] ownName() throws FileError {
    byte[] name = name();
    if (FileTree.isDot(name) || FileTree.isDotDot(name)) {
      throw new FileError(FileCalls.EINVAL);
    }
    return name;
  }

  /** The next bytes themselves. */
  MemorySegment data(int count) {
    if (count > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    return MemorySegment.ofBuffer(bytes.slice(bytes.position(), count));
  }
}

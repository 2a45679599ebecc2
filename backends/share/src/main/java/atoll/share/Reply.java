package atoll.share;

import java.lang.foreign.MemorySegment;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;

/**
 * An answer under way, little-endian. Writing beyond its room throws {@link
 * BufferOverflowException}.
 */
final class Reply {
  private static final int TYPE = 4;

  private final ByteBuffer bytes;

  /**
   * Begins one.
   *
   * @param bytes whose limit is the room that there is
   */
  Reply(ByteBuffer bytes, int type, int tag) {
    this.bytes = bytes;
    begin(type, tag);
  }

  private void begin(int type, int tag) {
    bytes.position(TYPE);
    u8(type);
    u16(tag);
  }

  /** Becomes an error instead, whatever was written. */
  void fail(int tag, int number) {
    begin(MessageType.ERROR + 1, tag);
    i32(number);
  }

  /** It is complete: its size is written, and the buffer holds it. */
  void end() {
    bytes.putInt(0, bytes.position());
    bytes.flip();
  }

  /** Bytes that there is room for. */
  int room() {
    return bytes.remaining();
  }

  int position() {
    return bytes.position();
  }

  /** The room from a place on, to be filled by others. */
  MemorySegment room(int from, int size) {
    return MemorySegment.ofBuffer(bytes.slice(from, size));
  }

  /** What others have filled counts. */
  void skip(int size) {
    bytes.position(bytes.position() + size);
  }

  void u8(int value) {
    bytes.put((byte) value);
  }

  void u16(int value) {
    bytes.putShort((short) value);
  }

  void i32(int value) {
    bytes.putInt(value);
  }

  /** Overwrites what is at a place. */
  void i32(int at, int value) {
    bytes.putInt(at, value);
  }

  void i64(long value) {
    bytes.putLong(value);
  }

  void bytes(byte[] value) {
    bytes.put(value);
  }

  void bytes(byte[] from, int offset, int size) {
    bytes.put(from, offset, size);
  }

  void text(byte[] value) {
    u16(value.length);
    bytes(value);
  }

  /** {@code type[1] version[4] path[8]}. */
  void qid(Qid qid) {
    u8(qid.type());
    i32(qid.version());
    i64(qid.path());
  }
}

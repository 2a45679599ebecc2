package atoll.virtio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A command of a driver's as it was sent (§5.7.6.7): a header, and what it is about. */
record GpuRequest(ByteBuffer bytes) {
  /** Bytes of the header that commands and answers begin with. */
  static final int HEADER = 24;

  /** Bytes of the longest command, but for the list of pieces behind one of them. */
  static final int MOST = 56;

  private static final int FLAGS = 4;
  private static final int FENCE = 8;
  private static final int CONTEXT = 16;
  private static final int RING = 20;
  private static final int FLAG_FENCE = 1; // §5.7.6.7
  private static final int FLAG_RING = 2;

  static GpuRequest of(byte[] sent) {
    return new GpuRequest(ByteBuffer.wrap(sent).order(ByteOrder.LITTLE_ENDIAN));
  }

  int type() {
    return bytes.getInt(0);
  }

  /** Whether the command has so many bytes behind its header. */
  boolean has(int more) {
    return bytes.capacity() >= HEADER + more;
  }

  /** The number that is so many bytes behind the header. */
  int number(int offset) {
    return bytes.getInt(HEADER + offset);
  }

  long large(int offset) {
    return bytes.getLong(HEADER + offset);
  }

  /** The part of a picture that is so many bytes behind the header. */
  GpuRectangle rectangle(int offset) {
    return GpuRectangle.read(bytes.duplicate().order(bytes.order()).position(HEADER + offset));
  }

  /** Begins an answer of that type: what the driver knows its command by is sent back. */
  void answer(int type, ByteBuffer into) {
    int flags = bytes.getInt(FLAGS);
    boolean fenced = (flags & FLAG_FENCE) != 0;
    into.putInt(type);
    into.putInt(fenced ? flags & (FLAG_FENCE | FLAG_RING) : 0);
    into.putLong(fenced ? bytes.getLong(FENCE) : 0);
    into.putInt(fenced ? bytes.getInt(CONTEXT) : 0);
    into.putInt(fenced ? bytes.getInt(RING) & 0xff : 0);
  }
}

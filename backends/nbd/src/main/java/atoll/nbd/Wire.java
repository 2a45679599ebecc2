package atoll.nbd;

import atoll.host.Clock;
import atoll.line.Line;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A line with a buffer for what comes in and one for what goes out: numbers, big-endian, and data.
 *
 * <p>Reading is for one thread at a time, and so is writing.
 */
final class Wire implements Closeable {
  private static final int ROOM = 64 << 10;

  /** A buffer has at most 2 GiB, a segment has not. */
  private static final long PIECE = 1 << 30;

  private final ByteBuffer in = ByteBuffer.allocateDirect(ROOM).limit(0);
  private final ByteBuffer out = ByteBuffer.allocateDirect(ROOM);
  private volatile Line line;

  Wire(Line line) {
    this.line = line;
  }

  /** What of a line that is to be replaced by one above it. */
  @FunctionalInterface
  interface Upgrade {
    Line over(Line below) throws IOException;
  }

  /**
   * Goes on over another line. What has come by the old one must have been read: somebody between
   * could have put it there.
   */
  void upgrade(Upgrade upgrade) throws IOException {
    ProtocolException.require(!in.hasRemaining(), "it says something before TLS begins");
    line = upgrade.over(line);
  }

  void patience(Duration most) {
    line.patience(most);
  }

  void deadline(Duration most, Clock clock) {
    line.deadline(most, clock);
  }

  /** Waits for something to read; false at the end. */
  boolean await() throws IOException {
    if (in.hasRemaining()) {
      return true;
    }
    in.clear();
    int count;
    try {
      count = line.read(in);
    } finally {
      in.flip();
    }
    return count > 0;
  }

  /** Whether there is something to read without a wait. */
  boolean buffered() {
    return in.hasRemaining();
  }

  private void need(int bytes) throws IOException {
    while (in.remaining() < bytes) {
      in.compact();
      int count;
      try {
        count = line.read(in);
      } finally {
        in.flip();
      }
      if (count < 0) {
        throw ended();
      }
    }
  }

  int uint16() throws IOException {
    need(Short.BYTES);
    return in.getShort() & 0xffff;
  }

  int int32() throws IOException {
    need(Integer.BYTES);
    return in.getInt();
  }

  long uint32() throws IOException {
    return int32() & 0xffff_ffffL;
  }

  long int64() throws IOException {
    need(Long.BYTES);
    return in.getLong();
  }

  /** Some bytes, of which there are few. */
  ByteBuffer bytes(int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    read(bytes);
    return bytes.flip();
  }

  /** Fills a segment. */
  void read(MemorySegment into) throws IOException {
    for (long at = 0; at < into.byteSize(); at += PIECE) {
      read(into.asSlice(at, Math.min(PIECE, into.byteSize() - at)).asByteBuffer());
    }
  }

  /** Much that is not in the buffer yet does not go through it. */
  private void read(ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (in.hasRemaining() || into.remaining() < ROOM) {
        need(1);
        int part = Math.min(in.remaining(), into.remaining());
        into.put(in.slice(in.position(), part));
        in.position(in.position() + part);
      } else if (line.read(into) < 0) {
        throw ended();
      }
    }
  }

  private static EOFException ended() {
    return new EOFException("the other end has closed the connection");
  }

  void skip(long count) throws IOException {
    for (long left = count; left > 0; ) {
      need(1);
      int part = (int) Math.min(left, in.remaining());
      in.position(in.position() + part);
      left -= part;
    }
  }

  Wire put16(int value) throws IOException {
    room(Short.BYTES).putShort((short) value);
    return this;
  }

  Wire put32(int value) throws IOException {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  Wire put64(long value) throws IOException {
    room(Long.BYTES).putLong(value);
    return this;
  }

  Wire put(byte[] bytes) throws IOException {
    return put(MemorySegment.ofArray(bytes));
  }

  /** Much is written at once, with what is before it. */
  Wire put(MemorySegment bytes) throws IOException {
    if (bytes.byteSize() <= ROOM / 2) {
      room((int) bytes.byteSize()).put(bytes.asByteBuffer());
      return this;
    }
    out.flip();
    try {
      for (long at = 0; at < bytes.byteSize(); at += PIECE) {
        line.write(out, bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer());
      }
    } finally {
      out.clear();
    }
    return this;
  }

  private ByteBuffer room(int bytes) throws IOException {
    if (out.remaining() < bytes) {
      flush();
    }
    return out;
  }

  /** Sends what has been put. */
  void flush() throws IOException {
    out.flip();
    try {
      if (out.hasRemaining()) {
        line.write(out);
      }
    } finally {
      out.clear();
    }
  }

  @Override
  public void close() {
    line.close();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Text of a length that is written before it, or of all that is left. */
  static String text(ByteBuffer bytes, int length) {
    byte[] text = new byte[length];
    bytes.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }
}

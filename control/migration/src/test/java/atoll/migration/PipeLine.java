package atoll.migration;

import atoll.host.Clock;
import atoll.line.Line;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** One end of a connection in memory, which is cut before so many frames have gone over it. */
final class PipeLine implements Line {
  private static final byte[] END = {};

  private final BlockingQueue<byte[]> in;
  private final BlockingQueue<byte[]> out;
  private final AtomicInteger left;
  private volatile boolean closed;
  private ByteBuffer reading = ByteBuffer.allocate(0);

  private PipeLine(BlockingQueue<byte[]> in, BlockingQueue<byte[]> out, AtomicInteger left) {
    this.in = in;
    this.out = out;
    this.left = left;
  }

  /**
   * Both ends.
   *
   * @param frames how many go over it before it is cut
   */
  static PipeLine[] pair(AtomicInteger frames) {
    BlockingQueue<byte[]> one = new LinkedBlockingQueue<>();
    BlockingQueue<byte[]> other = new LinkedBlockingQueue<>();
    return new PipeLine[] {new PipeLine(one, other, frames), new PipeLine(other, one, frames)};
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    try {
      while (!reading.hasRemaining()) {
        byte[] next = in.take();
        if (next.length == 0) {
          in.add(END);
          return -1;
        }
        reading = ByteBuffer.wrap(next);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    int part = Math.min(reading.remaining(), into.remaining());
    into.put(reading.slice(reading.position(), part));
    reading.position(reading.position() + part);
    return part;
  }

  @Override
  public void write(ByteBuffer... from) throws IOException {
    if (closed || left.getAndDecrement() <= 0) {
      close();
      throw new IOException("cut");
    }
    for (ByteBuffer part : from) {
      byte[] bytes = new byte[part.remaining()];
      part.get(bytes);
      if (bytes.length > 0) {
        out.add(bytes);
      }
    }
  }

  @Override
  public void patience(Duration most) {}

  @Override
  public void deadline(Duration most, Clock clock) {}

  @Override
  public void close() {
    closed = true;
    out.add(END);
    in.add(END);
  }
}

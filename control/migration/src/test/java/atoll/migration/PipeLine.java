package atoll.migration;

import atoll.host.Clock;
import atoll.line.Line;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One end of a connection in memory, which is cut before so many frames have gone over it; or from
 * then on nothing arrives any more, and whoever waits for something has waited for too long.
 */
final class PipeLine implements Line {
  private static final byte[] END = {};

  private final BlockingQueue<byte[]> in;
  private final BlockingQueue<byte[]> out;
  private final AtomicInteger left;
  private final boolean falls;
  private final AtomicBoolean silent;
  private volatile Duration patience = Duration.ZERO;
  private volatile boolean closed;
  private ByteBuffer reading = ByteBuffer.allocate(0);

  private PipeLine(
      BlockingQueue<byte[]> in,
      BlockingQueue<byte[]> out,
      AtomicInteger left,
      boolean falls,
      AtomicBoolean silent) {
    this.in = in;
    this.out = out;
    this.left = left;
    this.falls = falls;
    this.silent = silent;
  }

  /**
   * Both ends.
   *
   * @param frames how many go over it before it is cut
   */
  static PipeLine[] pair(AtomicInteger frames) {
    return pair(frames, false);
  }

  /**
   * The same.
   *
   * @param silent whether it falls silent instead of being cut
   */
  static PipeLine[] pair(AtomicInteger frames, boolean silent) {
    BlockingQueue<byte[]> one = new LinkedBlockingQueue<>();
    BlockingQueue<byte[]> other = new LinkedBlockingQueue<>();
    AtomicBoolean fallen = new AtomicBoolean();
    return new PipeLine[] {
      new PipeLine(one, other, frames, silent, fallen),
      new PipeLine(other, one, frames, silent, fallen)
    };
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    try {
      while (!reading.hasRemaining()) {
        byte[] next = in.take();
        if (next.length == 0) {
          in.add(END);
          if (silent.get() && !closed) {
            waitedForTooLong();
          }
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

  /** Who waits without an end would wait for ever. */
  private void waitedForTooLong() throws IOException {
    if (patience.isZero()) {
      throw new AssertionError("a wait without an end");
    }
    throw new SocketTimeoutException("nothing has moved for " + patience);
  }

  @Override
  public void write(ByteBuffer... from) throws IOException {
    if (falls && !closed && left.getAndDecrement() <= 0) {
      silent.set(true);
      out.add(END);
      in.add(END);
      return;
    }
    if (closed || !falls && left.getAndDecrement() <= 0) {
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
  public void patience(Duration most) {
    patience = most;
  }

  /** How long a wait may be now. */
  Duration patience() {
    return patience;
  }

  @Override
  public void deadline(Duration most, Clock clock) {
    patience = most;
  }

  @Override
  public void close() {
    closed = true;
    out.add(END);
    in.add(END);
  }
}

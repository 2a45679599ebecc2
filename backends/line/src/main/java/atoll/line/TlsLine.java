package atoll.line;

import atoll.host.Clock;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/** TLS over another line, by the JDK's engine, which knows nothing of sockets. */
public final class TlsLine implements Line {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Line below;
  private final SSLEngine engine;
  private final ReentrantLock writing = new ReentrantLock();

  /** What has come and is still encrypted; between calls it is being filled. */
  private ByteBuffer incoming;

  /** What has been decrypted; between calls it is being emptied. */
  private ByteBuffer plain;

  private ByteBuffer outgoing;

  /** Over a line on which the other end begins TLS as well; waits until it has begun. */
  public TlsLine(Line below, SSLEngine engine) throws IOException {
    this.below = below;
    this.engine = engine;
    int packet = engine.getSession().getPacketBufferSize();
    incoming = ByteBuffer.allocateDirect(2 * packet);
    outgoing = ByteBuffer.allocateDirect(packet);
    plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).limit(0);
    begin();
  }

  private void begin() throws IOException {
    engine.beginHandshake();
    HandshakeStatus status = engine.getHandshakeStatus();
    while (status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED) {
      status = step(status);
    }
  }

  private HandshakeStatus step(HandshakeStatus status) throws IOException {
    return switch (status) {
      case NEED_WRAP -> {
        wrap(NOTHING.duplicate());
        yield engine.getHandshakeStatus();
      }
      case NEED_TASK -> {
        engine.getDelegatedTask().run();
        yield engine.getHandshakeStatus();
      }
      default -> {
        if (!unwrap()) {
          throw new EOFException("the other end has closed the connection while TLS began");
        }
        yield engine.getHandshakeStatus();
      }
    };
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    while (!plain.hasRemaining()) {
      if (!unwrap()) {
        return -1;
      }
      answer();
    }
    int part = Math.min(plain.remaining(), into.remaining());
    into.put(plain.slice(plain.position(), part));
    plain.position(plain.position() + part);
    return part;
  }

  /** What the other end wants of TLS itself, such as new keys. */
  private void answer() throws IOException {
    HandshakeStatus status = engine.getHandshakeStatus();
    while (status == HandshakeStatus.NEED_TASK || status == HandshakeStatus.NEED_WRAP) {
      status = step(status);
    }
  }

  /** Decrypts what is there, of which nothing may be data; false at the end. */
  private boolean unwrap() throws IOException {
    while (true) {
      incoming.flip();
      plain.clear();
      SSLEngineResult result;
      try {
        result = engine.unwrap(incoming, plain);
      } finally {
        incoming.compact();
        plain.flip();
      }
      switch (result.getStatus()) {
        case OK -> {
          return true;
        }
        case CLOSED -> {
          return false;
        }
        case BUFFER_OVERFLOW ->
            plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).limit(0);
        case BUFFER_UNDERFLOW -> {
          if (!fill()) {
            return false;
          }
        }
      }
    }
  }

  private boolean fill() throws IOException {
    if (!incoming.hasRemaining()) {
      incoming = larger(incoming);
    }
    return below.read(incoming) >= 0;
  }

  private static ByteBuffer larger(ByteBuffer full) {
    return ByteBuffer.allocateDirect(2 * full.capacity()).put(full.flip());
  }

  @Override
  public void write(ByteBuffer... from) throws IOException {
    writing.lock();
    try {
      for (ByteBuffer part : from) {
        while (part.hasRemaining()) {
          wrap(part);
        }
      }
    } finally {
      writing.unlock();
    }
  }

  private void wrap(ByteBuffer from) throws IOException {
    writing.lock();
    try {
      outgoing.clear();
      SSLEngineResult result = engine.wrap(from, outgoing);
      switch (result.getStatus()) {
        case BUFFER_OVERFLOW ->
            outgoing = ByteBuffer.allocateDirect(engine.getSession().getPacketBufferSize());
        case CLOSED -> {
          below.write(outgoing.flip());
          if (from.hasRemaining()) {
            throw new EOFException("the other end has ended TLS");
          }
        }
        default -> below.write(outgoing.flip());
      }
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void patience(Duration most) {
    below.patience(most);
  }

  @Override
  public void deadline(Duration most, Clock clock) {
    below.deadline(most, clock);
  }

  /** The other end is told, unless that would be a wait. */
  @Override
  public void close() {
    if (writing.tryLock()) {
      try {
        below.patience(Duration.ofSeconds(1));
        engine.closeOutbound();
        wrap(NOTHING.duplicate());
      } catch (IOException e) {
        // It is gone.
      } finally {
        writing.unlock();
      }
    }
    below.close();
  }
}

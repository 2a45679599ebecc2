package atoll.line;

import atoll.host.Clock;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;

/**
 * A socket, of TCP or of the host.
 *
 * <p>It does not block, and waits by selectors, one for each way: so a wait can have an end, for
 * both kinds of socket, and an interrupt does not close it.
 */
public final class SocketLine implements Line {
  private final SocketChannel channel;
  private final Selector readable;
  private final Selector writable;
  private volatile long patience;

  /** Milliseconds for writing alone; negative: the same patience. */
  private volatile long sendPatience = -1;

  /** Null while there is none. */
  private volatile Deadline deadline;

  /** When everything must be done. */
  private record Deadline(Clock clock, long end) {
    /** Milliseconds that are left. */
    long left() throws SocketTimeoutException {
      long nanos = end - clock.nanos();
      if (nanos <= 0) {
        throw new SocketTimeoutException("it has taken too long");
      }
      return TimeUnit.NANOSECONDS.toMillis(nanos) + 1;
    }
  }

  /** Over a connected socket. */
  public SocketLine(SocketChannel channel) throws IOException {
    this.channel = channel;
    channel.configureBlocking(false);
    if (channel.getRemoteAddress() instanceof InetSocketAddress) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    }
    readable = Selector.open();
    writable = Selector.open();
    channel.register(readable, SelectionKey.OP_READ);
    channel.register(writable, SelectionKey.OP_WRITE);
  }

  /**
   * Connects to the first of a host's addresses that answers.
   *
   * @param most how long each of them is waited for
   */
  public static SocketLine connect(String host, int port, Duration most) throws IOException {
    IOException refused = null;
    for (InetAddress each : InetAddress.getAllByName(host)) {
      try {
        return connect(new InetSocketAddress(each, port), most);
      } catch (IOException e) {
        refused = e;
      }
    }
    throw refused;
  }

  /** Connects a new socket. */
  public static SocketLine connect(SocketAddress address, Duration most) throws IOException {
    SocketChannel channel =
        address instanceof UnixDomainSocketAddress
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open();
    boolean connected = false;
    try {
      finish(channel, address, most);
      SocketLine line = new SocketLine(channel);
      connected = true;
      return line;
    } finally {
      if (!connected) {
        channel.close();
      }
    }
  }

  private static void finish(SocketChannel channel, SocketAddress address, Duration most)
      throws IOException {
    channel.configureBlocking(false);
    if (channel.connect(address)) {
      return;
    }
    try (Selector connectable = Selector.open()) {
      channel.register(connectable, SelectionKey.OP_CONNECT);
      int ready = connectable.select(most.toMillis());
      if (ready == 0 || !channel.finishConnect()) {
        throw new SocketTimeoutException("it does not answer");
      }
    }
  }

  @Override
  public void patience(Duration most) {
    patience = most.toMillis();
    sendPatience = -1;
    deadline = null;
  }

  @Override
  public void deadline(Duration most, Clock clock) {
    deadline = new Deadline(clock, clock.nanos() + most.toNanos());
  }

  /** How long nothing may go before a write fails, until there is another {@link #patience}. */
  public void sendPatience(Duration most) {
    sendPatience = most.toMillis();
  }

  /**
   * Has the host look whether the other end is still there while nothing is said: after 10 seconds,
   * and every 5 from then on, until three are not answered.
   */
  public void keepAlive() throws IOException {
    if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)
        && channel.getRemoteAddress() instanceof InetSocketAddress) {
      channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 10);
      channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 5);
      channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
    }
  }

  /** Milliseconds that may be waited to write, or 0 for ever. */
  private long mostToSend() throws SocketTimeoutException {
    return sendPatience < 0 || deadline != null ? most() : sendPatience;
  }

  /** Milliseconds that may be waited, or 0 for ever. */
  private long most() throws SocketTimeoutException {
    Deadline last = deadline;
    return last == null ? patience : last.left();
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    while (true) {
      long most = most();
      int count = channel.read(into);
      if (count != 0) {
        return count;
      }
      await(readable, most);
    }
  }

  @Override
  public void write(ByteBuffer... from) throws IOException {
    while (Arrays.stream(from).anyMatch(ByteBuffer::hasRemaining)) {
      long most = mostToSend();
      if (channel.write(from) == 0) {
        await(writable, most);
      }
    }
  }

  private void await(Selector selector, long most) throws IOException {
    try {
      int ready = selector.select(most);
      selector.selectedKeys().clear();
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("the wait was interrupted");
      }
      if (ready == 0 && most > 0 && channel.isOpen()) {
        throw new SocketTimeoutException("nothing has moved for %d seconds".formatted(most / 1000));
      }
    } catch (ClosedSelectorException e) {
      throw (IOException) new ClosedChannelException().initCause(e);
    }
  }

  @Override
  public void close() {
    for (AutoCloseable part : new AutoCloseable[] {channel, readable, writable}) {
      try {
        part.close();
      } catch (Exception e) {
        // It is of no use any more.
      }
    }
  }
}

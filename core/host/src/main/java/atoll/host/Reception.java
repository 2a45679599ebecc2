package atoll.host;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Where clients come in to a server of one thread, which waits by a selector for them and for what
 * they say. A host that has no room for one more, such as no file descriptors, is asked again after
 * a second.
 *
 * <p>Used by the server's thread, but for {@link #wake} and {@link #leave}.
 */
public final class Reception implements Closeable {
  /** No time at which to look. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ServerSocketChannel listening;
  private final Clock clock;
  private final Selector selector;
  private final SelectionKey accepting;
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Until when nobody is taken, or {@link #NEVER}. */
  private long pausedUntil = NEVER;

  private Reception(ServerSocketChannel listening, Clock clock) throws IOException {
    this.listening = listening;
    this.clock = clock;
    listening.configureBlocking(false);
    selector = Selector.open();
    accepting = listening.register(selector, SelectionKey.OP_ACCEPT);
  }

  /**
   * Takes clients at a socket that is bound, which it has from now on.
   *
   * @param clock the host's
   */
  public static Reception at(ServerSocketChannel listening, Clock clock) throws IOException {
    try {
      return new Reception(listening, clock);
    } catch (IOException e) {
      listening.close();
      throw e;
    }
  }

  /**
   * Takes clients at a port.
   *
   * @param backlog how many may wait; 0 for what the host thinks right
   */
  public static Reception at(InetSocketAddress address, int backlog, Clock clock)
      throws IOException {
    ServerSocketChannel listening = ServerSocketChannel.open();
    try {
      listening.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      return at(listening.bind(address, backlog), clock);
    } catch (IOException e) {
      listening.close();
      throw e;
    }
  }

  /** The port that it has got. */
  public int port() {
    return listening.socket().getLocalPort();
  }

  /** For clients, and to wait. */
  public Selector selector() {
    return selector;
  }

  /** Whether a key that is ready is that of clients who want to come in. */
  public boolean calls(SelectionKey key) {
    return key.equals(accepting);
  }

  /** The next client; empty if it has gone, or the host has no room for it. */
  public Optional<SocketChannel> accept() {
    try {
      return Optional.ofNullable(listening.accept());
    } catch (IOException e) {
      accepting.interestOps(0);
      pausedUntil = clock.nanos() + PAUSE_NANOS;
      return Optional.empty();
    }
  }

  /** Listens again after a pause that is over; returns when one ends, or {@link #NEVER}. */
  public long resume() {
    if (pausedUntil != NEVER && clock.nanos() >= pausedUntil) {
      pausedUntil = NEVER;
      accepting.interestOps(SelectionKey.OP_ACCEPT);
    }
    return pausedUntil;
  }

  /** Ends a wait of the server's thread; any thread. */
  public void wake() {
    if (selector.isOpen()) {
      Selector ignored = selector.wakeup();
    }
  }

  /** Takes no more clients; the last thing that the server's thread does. */
  @Override
  public void close() throws IOException {
    try {
      listening.close();
      selector.close();
    } finally {
      ended.countDown();
    }
  }

  /** Ends a wait of the server's thread, which has been told to end, and waits for that. */
  public void leave() {
    wake();
    boolean interrupted = false;
    while (ended.getCount() > 0) {
      try {
        ended.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

package atoll.net;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Takes connections that come in at a socket of the host, some in a turn. One that cannot be used
 * is closed, and costs the others nothing. While the host has no room for more of them, such as no
 * file descriptors, it is asked again every second.
 */
final class Listener implements NetworkLoop.Ready {
  private static final int AT_ONCE = 16;
  private static final long PAUSE = 1_000_000_000L;

  private final NetworkLoop loop;
  private final Source source;
  private final Taker taker;
  private final SelectionKey key;
  private final Alarms.Alarm again;

  /** Where connections come from. */
  @FunctionalInterface
  interface Source {
    /** The next one, or null if there is none. */
    SocketChannel accept() throws IOException;
  }

  /** Uses connections. */
  @FunctionalInterface
  interface Taker {
    /** Takes one; if it throws, the connection is closed. */
    void take(SocketChannel channel) throws IOException;
  }

  /** Takes what comes in at a socket that is bound. */
  Listener(NetworkLoop loop, ServerSocketChannel server, Taker taker) throws IOException {
    this(loop, server, server::accept, taker);
  }

  /** The same by another way of asking for it. */
  Listener(NetworkLoop loop, ServerSocketChannel server, Source source, Taker taker)
      throws IOException {
    this.loop = loop;
    this.source = source;
    this.taker = taker;
    again = loop.alarms().make(this::listen);
    key = loop.register(server, SelectionKey.OP_ACCEPT, this);
  }

  private void listen() {
    if (key.isValid()) {
      key.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  @Override
  public void ready() {
    for (int n = 0; n < AT_ONCE; n++) {
      SocketChannel channel = next();
      if (channel == null) {
        return;
      }
      take(channel);
    }
  }

  private SocketChannel next() {
    try {
      return source.accept();
    } catch (IOException e) {
      if (key.isValid()) {
        key.interestOps(0);
        again.at(loop.now() + PAUSE);
      }
      return null;
    }
  }

  private void take(SocketChannel channel) {
    try {
      taker.take(channel);
    } catch (IOException e) {
      NetworkLoop.discard(channel);
    }
  }
}

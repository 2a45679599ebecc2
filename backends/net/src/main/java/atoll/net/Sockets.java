package atoll.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** How a thread waits for sockets of Java's, and serves them. */
final class Sockets implements NetworkLoop.Waiter {
  private final Selector selector;
  private final Consumer<Throwable> defects;
  private final Consumer<SelectionKey> serveKey = this::serve;

  /**
   * @param defects told of what should not happen; the socket is not served any more
   */
  Sockets(Consumer<Throwable> defects) {
    this.defects = defects;
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As {@link NetworkLoop#register}. */
  SelectionKey register(SelectableChannel channel, int operations, NetworkLoop.Ready ready)
      throws IOException {
    channel.configureBlocking(false);
    return channel.register(selector, operations, ready);
  }

  @Override
  public void await(long nanos) throws IOException {
    int ignored =
        nanos <= 0
            ? selector.selectNow(serveKey)
            : selector.select(serveKey, TimeUnit.NANOSECONDS.toMillis(nanos + 999_999));
  }

  private void serve(SelectionKey key) {
    try {
      if (key.isValid()) {
        ((NetworkLoop.Ready) key.attachment()).ready();
      }
    } catch (IOException | RuntimeException | Error e) {
      key.cancel(); // It would fail again at once.
      defects.accept(e);
    }
  }

  @Override
  public void wake() {
    Selector ignored = selector.wakeup();
  }

  @Override
  public void close() throws IOException {
    for (SelectionKey key : selector.keys()) {
      key.channel().close();
    }
    selector.close();
  }
}

package atoll.display;

import atoll.host.Clock;
import atoll.host.EntropySource;
import atoll.host.HostException;
import atoll.host.LiteralAddress;
import atoll.host.Reception;
import atoll.host.Tasks;
import atoll.host.ThreadTime;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Lets viewers look at a screen, type and point, by VNC (RFC 6143). One thread serves all of them
 * in turn, and waits without using the CPU while nothing happens. What it spends on pictures, the
 * guest pays for.
 */
public final class VncServer implements AutoCloseable {
  /** Viewers at the same time. */
  static final int MOST_VIEWERS = 8;

  private static final long FOREVER_NANOS = TimeUnit.HOURS.toNanos(1);

  private final Screen screen;
  private final Optional<VncPassword> password;
  private final String title;
  private final Clock clock;
  private final EntropySource entropy;
  private final Consumer<String> notices;
  private final Reception reception;
  private final List<SelectionKey> viewers = new ArrayList<>();
  private ThreadTime time;
  private boolean failed;

  /** A change of the picture is of interest at once. */
  private volatile boolean watching;

  private volatile boolean closed;

  private VncServer(
      Screen screen,
      VncSettings settings,
      String title,
      Clock clock,
      EntropySource entropy,
      Consumer<String> notices)
      throws IOException {
    this.screen = screen;
    this.title = title;
    this.clock = clock;
    this.entropy = entropy;
    this.notices = notices;
    password = settings.password().map(VncPassword::new);
    reception = Reception.at(settings.listen(), MOST_VIEWERS, clock);
  }

  /**
   * Listens for viewers from now on.
   *
   * @param title what they show above the picture
   * @param clock the host's
   * @param tasks where it has its thread
   * @param notices told what a person should know though it goes on
   * @throws HostException if the port is not to be had
   */
  public static VncServer open(
      Screen screen,
      VncSettings settings,
      String title,
      Clock clock,
      Tasks tasks,
      EntropySource entropy,
      Consumer<String> notices) {
    try {
      VncServer server = new VncServer(screen, settings, title, clock, entropy, notices);
      screen.watch(server::changed);
      Tasks.Sequence thread = tasks.sequence("vnc/" + title);
      thread.execute(server::run);
      thread.close(); // After this one task.
      return server;
    } catch (IOException e) {
      throw new HostException(
          "viewers cannot be served at %s: %s; give another port"
              .formatted(LiteralAddress.format(settings.listen()), HostException.reason(e)),
          e);
    }
  }

  /** The port that it listens on. */
  public int port() {
    return reception.port();
  }

  /** Under the guest's locks. */
  private void changed() {
    if (watching) {
      watching = false;
      reception.wake();
    }
  }

  private void run() {
    try {
      time = ThreadTime.ofCaller();
      while (!closed) {
        await(serve());
      }
    } finally {
      shut();
    }
  }

  private void await(long nanos) {
    try {
      int ignored =
          nanos <= 0
              ? reception.selector().selectNow(this::ready)
              : reception
                  .selector()
                  .select(this::ready, TimeUnit.NANOSECONDS.toMillis(nanos + 999_999));
    } catch (IOException e) {
      defect(e);
    }
  }

  /** Serves each viewer a little; returns for how long there is nothing to do. */
  private long serve() {
    long before = time.nanos();
    long now = clock.nanos();
    long next = Math.min(now + FOREVER_NANOS, reception.resume());
    boolean waiting = false;
    watching = true; // before anyone looks, so that no change is missed
    for (SelectionKey key : List.copyOf(viewers)) {
      next = Math.min(next, serve(key, now));
      waiting |= connection(key).waiting();
    }
    watching &= waiting;
    if (!viewers.isEmpty()) {
      screen.charge(Math.max(0, time.nanos() - before));
    }
    return closed ? 0 : next - now;
  }

  private static VncConnection connection(SelectionKey key) {
    return (VncConnection) key.attachment();
  }

  private long serve(SelectionKey key, long now) {
    VncConnection viewer = connection(key);
    try {
      long next = viewer.serve(now);
      key.interestOps(SelectionKey.OP_READ | (viewer.blocked() ? SelectionKey.OP_WRITE : 0));
      return next;
    } catch (IOException e) {
      drop(key);
    } catch (RuntimeException | Error e) {
      drop(key);
      defect(e);
    }
    return VncUpdates.NEVER;
  }

  private void ready(SelectionKey key) {
    if (!key.isValid()) {
      return;
    }
    if (reception.calls(key)) {
      reception.accept().ifPresent(this::welcome);
      return;
    }
    try {
      if (key.isReadable()) {
        connection(key).read();
      }
    } catch (IOException e) {
      drop(key);
    } catch (RuntimeException | Error e) {
      drop(key);
      defect(e);
    }
  }

  private void welcome(SocketChannel channel) {
    try {
      if (viewers.size() < MOST_VIEWERS) {
        begin(channel);
      } else {
        channel.close();
      }
    } catch (IOException | RuntimeException | Error e) {
      discard(channel); // It alone is gone.
      defect(e);
    }
  }

  private static void discard(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It has gone either way.
    }
  }

  private void begin(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    SelectionKey key = channel.register(reception.selector(), SelectionKey.OP_READ);
    key.attach(
        new VncConnection(
            channel, screen, title, password, entropy, () -> dropOthers(key), clock.nanos()));
    viewers.add(key);
  }

  /** RFC 6143 §7.3.1: a viewer that does not share is the only one. */
  private void dropOthers(SelectionKey kept) {
    List.copyOf(viewers).stream().filter(key -> !key.equals(kept)).forEach(this::drop);
  }

  private void drop(SelectionKey key) {
    viewers.remove(key);
    key.cancel();
    connection(key).close();
  }

  private void defect(Throwable e) {
    if (!failed) {
      failed = true;
      notices.accept("VNC for %s: %s; it goes on without that viewer".formatted(title, e));
    }
  }

  private void shut() {
    screen.watch(() -> {});
    List.copyOf(viewers).forEach(this::drop);
    try {
      reception.close();
    } catch (IOException e) {
      defect(e);
    }
  }

  /** Ends all connections, and waits until nothing is done any more. */
  @Override
  public void close() {
    closed = true;
    reception.leave();
  }
}

package atoll.net;

import atoll.device.spi.VsockBackend;
import atoll.device.spi.VsockPacket;
import atoll.host.HostException;
import atoll.host.PlatformClock;
import atoll.host.Tasks;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The socket devices of a system's guests, and the one thread that serves them: streams between a
 * guest and programs of the host by Unix sockets, and between guests that may connect.
 */
public final class VsockHub implements AutoCloseable {
  /**
   * Ends of streams of all guests at the same time, of which each guest can count on a part ({@link
   * Quota}); those that programs of the host begin are counted for their guest, and both ends of a
   * stream between two for the one that has begun it.
   */
  static final int MOST = 1_024;

  /** So many of them may hold more in each direction; so there is a bound. */
  private static final int FEW = MOST / 4;

  private static final int LARGE_WINDOW = 64 << 10;
  private static final int SMALL_WINDOW = BufferPool.SMALLEST;

  /** As much as that comes to, and what rings that grow hold for a moment. */
  private static final long MEMORY =
      2L * (FEW * LARGE_WINDOW + (MOST - FEW) * SMALL_WINDOW) + (2 * LARGE_WINDOW);

  private final Tasks tasks;
  private final Consumer<String> notices;
  private final NetworkLoop loop;
  private final BufferPool pool = new BufferPool(MEMORY, MEMORY, () -> 1); // Streams are counted.
  private final List<VsockPort> ports = new ArrayList<>();
  private final Quota ends = new Quota(MOST, ports::size);
  private final Quota large = new Quota(FEW, ports::size);
  private final VsockPacket incoming = new VsockPacket();
  private final VsockPacket outgoing = new VsockPacket();
  private final Set<VsockSocket> draining = new HashSet<>();
  private final SharedTime time = new SharedTime();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final Guests guests = new Guests();
  private List<VsockConnection> queued = new ArrayList<>();
  private List<VsockConnection> flushing = new ArrayList<>();
  private int streams;
  private boolean driven;

  /**
   * Makes one without guests. Its thread starts with the first device that is plugged in.
   *
   * @param clock the platform's, whose time it keeps
   * @param tasks where it has its thread
   * @param notices told what a person should know though the hub goes on
   */
  public VsockHub(PlatformClock clock, Tasks tasks, Consumer<String> notices) {
    this.tasks = tasks;
    this.notices = notices;
    loop = new NetworkLoop(clock, this::defect);
  }

  /**
   * Adds a guest; before a device is plugged in anywhere.
   *
   * @throws HostException if its socket is not to be had
   */
  public VsockBackend add(VsockSettings settings) {
    if (loop.started()) {
      throw new IllegalStateException("guests are added before their streams begin");
    }
    VsockPort port = new VsockPort(this, settings);
    ports.add(port);
    return port;
  }

  private void defect(Throwable e) {
    if (!failed.getAndSet(true)) {
      notices.accept("vsock: %s; it goes on without what that came of".formatted(e));
    }
  }

  /** A device is plugged in. */
  void start() {
    if (!driven) {
      loop.start(tasks, "vsock", guests);
    }
  }

  /** Has the caller serve it by {@link #turn}. */
  void drivenByCaller() {
    driven = true;
  }

  /** Serves what is ready, once, on the caller's thread; for a hub that has no thread. */
  void turn(long most) {
    loop.turn(guests, most);
  }

  NetworkLoop loop() {
    return loop;
  }

  BufferPool pool() {
    return pool;
  }

  VsockPacket outgoing() {
    return outgoing;
  }

  /** The guest of a context, if there is one. */
  Optional<VsockPort> port(long cid) {
    return ports.stream().filter(port -> port.cid() == cid).findFirst();
  }

  /** What a new stream that a guest pays for may hold in each direction. */
  int window(VsockPort payer) {
    return large.mayTake(payer, 2) ? LARGE_WINDOW : SMALL_WINDOW;
  }

  /** Whether there is room for another stream of a guest's, and for its other end. */
  boolean room(VsockPort payer) {
    return ends.mayTake(payer, 2);
  }

  /** How many streams' ends there are. */
  int streams() {
    return streams;
  }

  void opened(VsockConnection end) {
    streams++;
    count(end, 1);
  }

  void closed(VsockConnection end) {
    streams--;
    count(end, -1);
  }

  private void count(VsockConnection end, int more) {
    ends.take(end.payer(), more);
    large.take(end.payer(), end.window() == LARGE_WINDOW ? more : 0);
  }

  /** So many more programs of the host have connected to a guest and not said yet to what. */
  void visits(VsockPort guest, int more) {
    ends.take(guest, more);
  }

  /** A socket still takes what a guest has said at last, and counts meanwhile. */
  void drains(VsockSocket socket) {
    if (draining.add(socket)) {
      count(socket.guest(), 1);
    }
  }

  void drained(VsockSocket socket) {
    if (draining.remove(socket)) {
      count(socket.guest(), -1);
    }
  }

  /** Has a stream flushed at the end of the turn. */
  void queue(VsockConnection connection) {
    queued.add(connection);
  }

  /** What the thread does for its guests. */
  private final class Guests implements NetworkLoop.Guests {
    @Override
    public boolean waiting() {
      for (int n = 0; n < ports.size(); n++) {
        if (ports.get(n).signals().any()) {
          return true;
        }
      }
      return !queued.isEmpty();
    }

    @Override
    public void serve() {
      for (int n = 0; n < ports.size(); n++) {
        ports.get(n).serve(incoming);
      }
      List<VsockConnection> all = queued;
      queued = flushing;
      flushing = all;
      for (int n = 0; n < all.size(); n++) {
        all.get(n).flush();
      }
      all.clear();
      time.charge(ports);
    }
  }

  /** Ends every stream, and waits until nothing is done any more. */
  @Override
  public void close() {
    ports.forEach(VsockPort::close);
    loop.close();
  }
}

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
  /** Streams of all guests at the same time, those that programs of the host begin included. */
  static final int MOST = 1_024;

  /** What each may hold in each direction: more while there are few, so that there is a bound. */
  private static final int FEW = MOST / 4;

  private static final int LARGE_WINDOW = 64 << 10;
  private static final int SMALL_WINDOW = BufferPool.SMALLEST;

  /** As much as that comes to, and what rings that grow hold for a moment. */
  private static final long MEMORY =
      2L * (FEW * LARGE_WINDOW + (MOST - FEW) * SMALL_WINDOW) + (2 * LARGE_WINDOW);

  private final Tasks tasks;
  private final Consumer<String> notices;
  private final NetworkLoop loop;
  private final BufferPool pool = new BufferPool(MEMORY, MEMORY);
  private final List<VsockPort> ports = new ArrayList<>();
  private final VsockPacket incoming = new VsockPacket();
  private final VsockPacket outgoing = new VsockPacket();
  private final Set<VsockSocket> draining = new HashSet<>();
  private final SharedTime time = new SharedTime();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final Guests guests = new Guests();
  private List<VsockConnection> queued = new ArrayList<>();
  private List<VsockConnection> flushing = new ArrayList<>();
  private int streams;
  private int visitors;
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

  /** What a new stream may hold in each direction. */
  int window() {
    return streams + draining.size() < FEW ? LARGE_WINDOW : SMALL_WINDOW;
  }

  /** Whether there is room for another stream, and for its other end. */
  boolean room() {
    return streams + visitors + draining.size() + 2 <= MOST;
  }

  /** How many streams' ends there are. */
  int streams() {
    return streams;
  }

  void opened() {
    streams++;
  }

  void closed() {
    streams--;
  }

  /** So many more programs of the host have connected and not said yet to what. */
  void visits(int more) {
    visitors += more;
  }

  /** A socket still takes what a guest has said at last. */
  void drains(VsockSocket socket) {
    boolean ignored = draining.add(socket);
  }

  void drained(VsockSocket socket) {
    boolean ignored = draining.remove(socket);
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

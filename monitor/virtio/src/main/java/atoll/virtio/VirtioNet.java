package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.spi.NetBackend;
import atoll.device.spi.NetFrame;
import atoll.device.spi.NetHeader;
import atoll.device.spi.NetPort;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/**
 * The network device (§5.1).
 *
 * <p>A notification serves nothing: it wakes the network, whose thread takes frames out of the
 * transmit queues and puts others into the receive queues, one at a time under the session's
 * monitor. So a frame is copied once on its way to the host, no vCPU does that, and what a guest
 * does not take stays where it came from. The vCPU that notified last pays for the network's work.
 */
public final class VirtioNet extends VirtioDevice implements NetPort {
  /** Most pairs of a receive and a transmit queue. */
  public static final int MOST_PAIRS = 8;

  private static final int ID = 1; // §5.1.1
  private static final int QUEUE_SIZE = 256;
  private static final int CONFIG_SIZE = 12; // §5.1.4: mac, status, max_virtqueue_pairs, mtu
  private static final int MAC_SIZE = 6;
  private static final int LINK_UP = 1;

  private static final int FEATURE_CSUM = 0; // §5.1.3
  private static final int FEATURE_GUEST_CSUM = 1;
  private static final int FEATURE_GUEST_OFFLOADS = 2;
  private static final int FEATURE_MTU = 3;
  private static final int FEATURE_MAC = 5;
  private static final int FEATURE_GUEST_TSO4 = 7;
  private static final int FEATURE_GUEST_TSO6 = 8;
  private static final int FEATURE_HOST_TSO4 = 11;
  private static final int FEATURE_HOST_TSO6 = 12;
  private static final int FEATURE_MERGEABLE = 15;
  private static final int FEATURE_STATUS = 16;
  private static final int FEATURE_CONTROL = 17;
  private static final int FEATURE_CONTROL_RX = 18;
  private static final int FEATURE_CONTROL_VLAN = 19;
  private static final int FEATURE_CONTROL_RX_EXTRA = 20;
  private static final int FEATURE_MULTIQUEUE = 22;
  private static final int FEATURE_CONTROL_MAC = 23;
  private static final int FEATURE_VERSION_1 = 32;

  /** What CTRL_GUEST_OFFLOADS can switch (§5.1.6.5.6). */
  static final long OFFLOADS =
      1L << FEATURE_GUEST_CSUM | 1L << FEATURE_GUEST_TSO4 | 1L << FEATURE_GUEST_TSO6;

  /** Buffers of the smallest size that Linux offers, for the longest frame. */
  private static final int MOST_BUFFERS = 64;

  private final NetBackend network;
  private final int pairs;
  private final NetControl control = new NetControl(this);
  private final NetFilter filter = new NetFilter();
  private final NetSteering steering = new NetSteering();
  private final NetHeader header = new NetHeader();
  private final ExitBudget budget = new ExitBudget();

  private long mac;
  private boolean up = true;
  private int activePairs = 1;

  /** What of {@link #OFFLOADS} the driver wants; set when it is up. */
  private long offloads;

  /** Whether the driver has switched them. */
  private boolean switched;

  @Unsaved("the network is asked again")
  private boolean refused;

  /** Whose transmit queue is looked at first. */
  @Unsaved("any queue may be first")
  private int turn;

  @Unsaved("known again with the next notification")
  private volatile LongConsumer payer = nanos -> {};

  /**
   * The whole state.
   *
   * @param mac the address, as {@link NetBackend#mac}
   * @param up whether the cable is plugged in
   * @param activePairs pairs of queues in use
   * @param offloads what the driver has switched on, if it has
   * @param switched whether it has
   */
  public record State(
      long mac,
      boolean up,
      int activePairs,
      long offloads,
      boolean switched,
      NetFilter.State filter)
      implements VirtioDevice.State {
    public State {
      if (activePairs < 1 || activePairs > MOST_PAIRS || mac >>> 48 != 0) {
        throw new IllegalArgumentException(
            "the saved state of a network interface has %d pairs of queues and the address %x"
                .formatted(activePairs, mac));
      }
    }
  }

  /**
   * Makes one.
   *
   * @param network what it is plugged into
   * @param pairs of queues that a driver can use, up to {@link #MOST_PAIRS}
   */
  public VirtioNet(NetBackend network, int pairs) {
    if (pairs < 1 || pairs > MOST_PAIRS) {
      throw new IllegalArgumentException(
          "a network interface has 1 to %d pairs of queues, not %d".formatted(MOST_PAIRS, pairs));
    }
    this.network = network;
    this.pairs = pairs;
    mac = network.mac();
  }

  @Override
  int id() {
    return ID;
  }

  @Override
  long features() {
    return 1L << FEATURE_CSUM
        | 1L << FEATURE_GUEST_CSUM
        | 1L << FEATURE_GUEST_OFFLOADS
        | 1L << FEATURE_MTU
        | 1L << FEATURE_MAC
        | 1L << FEATURE_GUEST_TSO4
        | 1L << FEATURE_GUEST_TSO6
        | 1L << FEATURE_HOST_TSO4
        | 1L << FEATURE_HOST_TSO6
        | 1L << FEATURE_MERGEABLE
        | 1L << FEATURE_STATUS
        | 1L << FEATURE_CONTROL
        | 1L << FEATURE_CONTROL_RX
        | 1L << FEATURE_CONTROL_VLAN
        | 1L << FEATURE_CONTROL_RX_EXTRA
        | (pairs > 1 ? 1L << FEATURE_MULTIQUEUE : 0)
        | 1L << FEATURE_CONTROL_MAC;
  }

  @Override
  int queues() {
    return 2 * pairs + 1;
  }

  @Override
  int queueSize() {
    return QUEUE_SIZE;
  }

  @Override
  int configSize() {
    return CONFIG_SIZE;
  }

  @Override
  void config(ByteBuffer into) {
    for (int i = 1; i <= MAC_SIZE; i++) {
      into.put((byte) (mac >>> 8 * (MAC_SIZE - i)));
    }
    into.putShort((short) (up ? LINK_UP : 0));
    into.putShort((short) pairs);
    into.putShort((short) network.mtu());
  }

  @Override
  void attached() {
    network.attach(this);
  }

  /** Unplugs it from the network, for good. */
  public void unplug() {
    network.detach(this);
  }

  @Override
  void reset() {
    mac = network.mac();
    activePairs = 1;
    switched = false;
    filter.reset();
    refused = false;
    network.room(); // What waited is lost: nobody listens now.
  }

  @Override
  boolean serve(int index, ExitBudget exit) {
    if (index == controlQueue()) {
      return session().serve(index, exit, control);
    }
    payer = session().payer();
    if ((index & 1) == 0) {
      if (refused) {
        refused = false;
        network.room();
      }
    } else {
      session().queue(index).quiet();
      network.ready();
    }
    return false;
  }

  /** Behind all pairs, or behind the first if the driver knows no other (§5.1.2). */
  private int controlQueue() {
    return session().negotiated(FEATURE_MULTIQUEUE) ? 2 * pairs : 2;
  }

  private int headerSize() {
    return session().negotiated(FEATURE_VERSION_1) || session().negotiated(FEATURE_MERGEABLE)
        ? NetHeader.SIZE
        : NetHeader.LEGACY_SIZE;
  }

  // ------------------------------------------------------------ what the network does

  @Override
  public boolean next(NetFrame into) {
    synchronized (session()) {
      for (int i = 0; i < activePairs; i++) {
        int pair = (turn + i) % activePairs;
        if (next(pair, into)) {
          turn = pair + 1;
          steering.sent(into, pair);
          return true;
        }
      }
      return false;
    }
  }

  private boolean next(int pair, NetFrame into) {
    SplitQueue queue = session().queue(2 * pair + 1);
    do {
      queue.quiet();
      DescriptorChain chain = session().running() ? queue.take(budget.refill()) : null;
      if (chain != null) {
        read(chain, into.become(0));
        queue.finish(0);
        session().returned(queue);
        return true;
      }
    } while (session().running() && queue.listen());
    return false;
  }

  /** Leaves the frame empty if it is none. */
  private void read(DescriptorChain chain, NetFrame into) {
    int prefix = headerSize();
    long length = chain.readable() - prefix;
    if (!up || length < NetFrame.LEAST || length > NetFrame.MOST) {
      return;
    }
    chain.read(header.bytes(), prefix);
    chain.read(into.segment(), length);
    if (!header.describe(into.become((int) length))) {
      into.become(0);
    }
  }

  @Override
  public boolean receive(NetFrame frame) {
    synchronized (session()) {
      if (!session().driven()) {
        return true;
      }
      if (!session().running()) {
        refused = true;
        return false;
      }
      boolean tags = session().negotiated(FEATURE_CONTROL_VLAN);
      return !up || !filter.accepts(frame, mac, tags) || put(frame);
    }
  }

  private boolean put(NetFrame frame) {
    int pair = steering.pairFor(frame, activePairs);
    SplitQueue queue = session().queue(2 * pair);
    boolean merge = session().negotiated(FEATURE_MERGEABLE);
    int prefix = headerSize();
    int first = first(frame, prefix, merge);
    do {
      queue.quiet();
      int taken =
          queue.takeRoom(prefix + frame.length(), first, merge ? MOST_BUFFERS : 1, budget.refill());
      if (taken != 0) {
        if (taken != SplitQueue.NEVER) {
          header.of(frame, taken);
          fill(queue, taken, first, frame, prefix);
          session().returned(queue);
        }
        return true;
      }
    } while (queue.listenForMore());
    refused = session().running();
    return !refused;
  }

  /**
   * Bytes of the first buffer that are used. A long segment's headers are alone there, so that its
   * data begin where a buffer does, and a guest copies them by whole words.
   */
  private static int first(NetFrame frame, int prefix, boolean merge) {
    int headers = merge ? NetHeader.headers(frame) : 0;
    return headers == 0 ? Integer.MAX_VALUE : prefix + headers;
  }

  /** Spreads header and frame over the buffers that were taken. */
  private void fill(SplitQueue queue, int buffers, int first, NetFrame frame, int prefix) {
    int at = 0;
    for (int n = 0; n < buffers; n++) {
      DescriptorChain chain = queue.room(n);
      long room = Math.min(chain.writable(), n == 0 ? first : Integer.MAX_VALUE);
      int end = at + (int) Math.min(room, prefix + frame.length() - at);
      if (at < prefix) {
        chain.write(header.bytes(), at, Math.min(end, prefix) - at);
      }
      int from = Math.max(at, prefix);
      if (end > from) {
        chain.write(frame.segment(), from - prefix, end - from);
      }
      at = end;
    }
    queue.fillRoom(buffers);
  }

  @Override
  public boolean takesPartialChecksums() {
    return takes(FEATURE_GUEST_CSUM);
  }

  @Override
  public boolean takesSegments(boolean ipv6) {
    return takesPartialChecksums() && takes(ipv6 ? FEATURE_GUEST_TSO6 : FEATURE_GUEST_TSO4);
  }

  private boolean takes(int feature) {
    synchronized (session()) {
      return session().negotiated(feature) && (!switched || (offloads & 1L << feature) != 0);
    }
  }

  @Override
  public void link(boolean plugged) {
    synchronized (session()) {
      if (up != plugged) {
        up = plugged;
        session().configChanged();
      }
    }
  }

  @Override
  public void charge(long nanos) {
    payer.accept(nanos);
  }

  // ------------------------------------------------------------ what the control queue does

  NetFilter filter() {
    return filter;
  }

  /** Whether the guest may have the address; if so, it has it. */
  boolean take(long address) {
    boolean may = address == network.mac() || !network.macFixed();
    if (may) {
      mac = address;
    }
    return may;
  }

  boolean activate(int wanted) {
    boolean may = wanted >= 1 && wanted <= pairs && session().negotiated(FEATURE_MULTIQUEUE);
    if (may) {
      activePairs = wanted;
      network.ready(); // Whatever waits in a queue that was not in use.
    }
    return may;
  }

  /** Only what was negotiated can be switched on. */
  boolean offload(long wanted) {
    boolean may = (wanted & ~OFFLOADS) == 0;
    for (long left = wanted; may && left != 0; left &= left - 1) {
      may = session().negotiated(Long.numberOfTrailingZeros(left));
    }
    if (may) {
      offloads = wanted;
      switched = true;
    }
    return may;
  }

  @Override
  VirtioDevice.State state() {
    return new State(mac, up, activePairs, offloads, switched, filter.state());
  }

  @Override
  void restore(VirtioDevice.State state) {
    if (!(state instanceof State saved)) {
      throw new IllegalArgumentException("the saved state is of another kind of virtio device");
    }
    if (saved.activePairs > pairs) {
      throw new IllegalArgumentException(
          "the saved state has %d pairs of queues, this network interface %d"
              .formatted(saved.activePairs, pairs));
    }
    mac = saved.mac;
    up = saved.up;
    activePairs = saved.activePairs;
    offloads = saved.offloads;
    switched = saved.switched;
    filter.restore(saved.filter);
    refused = true; // The network may hold frames that the saved machine had no room for.
  }
}

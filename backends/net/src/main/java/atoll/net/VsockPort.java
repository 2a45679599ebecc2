package atoll.net;

import atoll.device.spi.VsockBackend;
import atoll.device.spi.VsockGuest;
import atoll.device.spi.VsockPacket;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Where a guest's socket device is plugged in. */
final class VsockPort extends DevicePort<VsockGuest> implements VsockBackend {
  /** Packets that are taken from a guest before the others' turn. */
  private static final int PACKETS_AT_ONCE = 64;

  /** Resets that wait for room; a guest that makes none is not listened to any more. */
  private static final int MOST_RESETS = 128;

  /** Where the ports of the host's programs begin, as Firecracker numbers them. */
  private static final int FIRST_HOST_PORT = 1 << 30;

  private final VsockHub hub;
  private final VsockSettings settings;
  private final Map<VsockFlow, VsockConnection> connections = new HashMap<>();
  private final ArrayDeque<VsockFlow> resets = new ArrayDeque<>();
  private final Set<VsockConnection> blocked = new LinkedHashSet<>();
  private final Optional<VsockListener> listener;
  private int nextPort = FIRST_HOST_PORT;

  /**
   * @throws atoll.host.HostException if its socket is not to be had
   */
  VsockPort(VsockHub hub, VsockSettings settings) {
    super(hub.loop());
    this.hub = hub;
    this.settings = settings;
    listener = settings.socket().map(path -> new VsockListener(this, path));
  }

  // ------------------------------------------------------------ what a device calls

  @Override
  public long cid() {
    return settings.cid();
  }

  @Override
  void plugged(VsockGuest plugged) {
    hub.start();
  }

  @Override
  void unplugged() {
    // Its streams end when the thread has seen that it is gone.
  }

  @Override
  public void restarted() {
    signals().raise(PortSignals.PLUGGED | PortSignals.READY);
  }

  // ------------------------------------------------------------ what the hub does

  VsockHub hub() {
    return hub;
  }

  /** Whether the guest has a driver. */
  boolean present() {
    VsockGuest there = device();
    return there != null && there.present();
  }

  /** Takes what the guest sends, and gives what it has made room for. */
  void serve(VsockPacket packet) {
    settle();
    int happened = signals().take();
    if (PortSignals.hasRoom(happened)) {
      proceed();
    }
    if (PortSignals.isReady(happened)) {
      take(packet);
    }
  }

  private void take(VsockPacket packet) {
    VsockGuest there = device();
    for (int taken = 0; there != null && resets.size() < MOST_RESETS; taken++) {
      if (taken == PACKETS_AT_ONCE) {
        ready(); // The others first.
        return;
      }
      if (!there.next(packet)) {
        return;
      }
      settle(); // The driver that has sent this knows nothing of what was before.
      moved(packet.length());
      input(packet);
    }
  }

  private void proceed() {
    boolean full = resets.size() >= MOST_RESETS;
    sendResets();
    if (full && resets.size() < MOST_RESETS) {
      ready();
    }
    List<VsockConnection> all = List.copyOf(blocked);
    blocked.clear();
    all.forEach(VsockConnection::queue);
  }

  /** Forgets what was there before another driver. */
  private void settle() {
    if (signals().take(PortSignals.PLUGGED)) {
      List.copyOf(connections.values()).forEach(VsockConnection::gone);
      resets.clear();
      blocked.clear();
    }
  }

  private void input(VsockPacket packet) {
    if (packet.source() != settings.cid()) {
      return; // Nobody speaks for another.
    }
    VsockFlow flow = VsockFlow.of(packet);
    VsockConnection known = connections.get(flow);
    if (known != null) {
      known.input(packet);
    } else if (packet.operation() != VsockPacket.RST) {
      boolean asks =
          packet.operation() == VsockPacket.REQUEST && packet.type() == VsockPacket.STREAM;
      if (!asks || !open(flow, packet)) {
        reject(flow);
      }
    }
  }

  /** Returns false if there is nothing for the guest to connect to. */
  private boolean open(VsockFlow flow, VsockPacket request) {
    if (!hub.room(this)) {
      return false;
    }
    if (flow.peer() == VsockPacket.HOST) {
      return settings.socket().isPresent() && openSocket(flow, request);
    }
    Optional<VsockPort> to =
        settings.reach().contains(flow.peer()) ? hub.port(flow.peer()) : Optional.empty();
    to.filter(VsockPort::present).ifPresent(target -> openPair(flow, request, target));
    return to.filter(VsockPort::present).isPresent();
  }

  private boolean openSocket(VsockFlow flow, VsockPacket request) {
    Path path =
        Path.of(settings.socket().orElseThrow() + "_" + Integer.toUnsignedString(flow.peerPort()));
    try {
      VsockConnection made = VsockConnection.asked(this, flow, request);
      VsockSocket program = new VsockSocket(hub, made, VsockSocket.connect(path), "");
      made.begin(program);
      add(made);
      made.accepted();
      program.answered();
      return true;
    } catch (IOException e) {
      return false; // Nobody listens there.
    }
  }

  private void openPair(VsockFlow flow, VsockPacket request, VsockPort target) {
    VsockConnection made = VsockConnection.asked(this, flow, request);
    VsockConnection other = made.across(target, flow.seenFromPeer(settings.cid()));
    made.begin(new VsockPair(made, other));
    other.begin(new VsockPair(other, made));
    add(made);
    target.add(other);
  }

  /** A program of the host wants to be connected to one of the guest's ports. */
  void begin(SocketChannel channel, int guestPort) throws IOException {
    VsockFlow flow = new VsockFlow(guestPort, VsockPacket.HOST, nextPort);
    while (connections.containsKey(flow)) {
      nextPort = nextPort + 1 | FIRST_HOST_PORT;
      flow = new VsockFlow(guestPort, VsockPacket.HOST, nextPort);
    }
    VsockConnection made = VsockConnection.asking(this, flow);
    String greeting = "OK %s\n".formatted(Integer.toUnsignedString(nextPort));
    nextPort = nextPort + 1 | FIRST_HOST_PORT;
    made.begin(new VsockSocket(hub, made, channel, greeting));
    add(made);
  }

  private void add(VsockConnection made) {
    settle(); // So that it is not taken for an older one.
    connections.put(made.flow(), made);
    hub.opened(made);
  }

  void remove(VsockConnection ended) {
    if (connections.remove(ended.flow(), ended)) {
      hub.closed(ended);
    }
    boolean ignored = blocked.remove(ended);
  }

  // ------------------------------------------------------------ what the guest is told

  /** A packet to the guest, to be completed and offered at once. */
  VsockPacket packet(int operation, int flags, VsockFlow flow) {
    return hub.outgoing()
        .become(operation, flags)
        .ends(flow.peer(), flow.peerPort(), settings.cid(), flow.guestPort());
  }

  /**
   * Gives the guest a packet.
   *
   * @return false if it has no room; {@code sender} is flushed again when it has
   */
  boolean offer(VsockPacket packet, VsockConnection sender) {
    boolean given = resets.isEmpty() && give(packet);
    if (!given) {
      boolean ignored = blocked.add(sender);
    }
    return given;
  }

  private boolean give(VsockPacket packet) {
    VsockGuest there = device();
    if (there == null) {
      return true; // Into nothing.
    }
    boolean given = there.receive(packet);
    if (given) {
      moved(packet.length());
    }
    return given;
  }

  /** Tells the guest that there is no such stream. */
  void reject(VsockFlow flow) {
    resets.add(flow);
    sendResets();
  }

  private void sendResets() {
    while (!resets.isEmpty() && give(packet(VsockPacket.RST, 0, resets.peek()).credit(0, 0))) {
      resets.remove();
    }
  }

  /** The host's programs find it no more. */
  void close() {
    listener.ifPresent(VsockListener::remove);
  }
}

package atoll.net;

import atoll.host.HostException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;

/**
 * The guests' TCP connections to the outside, and those from the outside to their forwarded ports.
 */
final class TcpNat {
  /**
   * Connections of a network at the same time, of which each guest can count on a part ({@link
   * Quota}); a further one waits for its guest's next try.
   */
  static final int MOST = 2_048;

  /** The same of those whose other end has not answered yet. */
  static final int MOST_CONNECTING = 512;

  /** A connection that is not used for so long gives way when there are too many. */
  private static final long IDLE = 60_000_000_000L;

  private static final long MOST_MEMORY = 64 << 20;
  private static final int FIRST_PORT = 1_024;
  private static final int LAST_PORT = 65_535;

  private final UserGateway gateway;
  private final BufferPool pool;
  private final Quota quota;
  private final Quota connecting;
  private final Map<Flow, TcpConnection> connections = new HashMap<>();
  private final Map<NetworkPort, Set<TcpConnection>> starving = new LinkedHashMap<>();
  private final TcpSegment segment = new TcpSegment();
  private final Flow wanted = new Flow();
  private List<TcpConnection> queued = new ArrayList<>();
  private List<TcpConnection> flushing = new ArrayList<>();
  private int nextPort = FIRST_PORT;
  private volatile int count;
  private final LongAdder refused = new LongAdder();

  TcpNat(UserGateway gateway) {
    this.gateway = gateway;
    IntSupplier guests = gateway.segment().ports()::size;
    pool = new BufferPool(MOST_MEMORY, MOST_MEMORY / 2, guests);
    quota = new Quota(MOST, guests);
    connecting = new Quota(MOST_CONNECTING, guests);
    gateway.loop().atEnd(this::flush);
  }

  NetworkLoop loop() {
    return gateway.loop();
  }

  PacketWriter writer() {
    return gateway.writer();
  }

  BufferPool pool() {
    return pool;
  }

  /** How many there are; any thread. */
  int count() {
    return count;
  }

  /** How many were not taken; any thread. */
  long refused() {
    return refused.sum();
  }

  int mss(boolean v4) {
    int headers = TcpSegment.HEADER + (v4 ? IpPacket.IPV4_HEADER : IpPacket.IPV6_HEADER);
    return gateway.mtu() - headers;
  }

  /**
   * What a connection of a guest's may hold in each direction, so that there is something for all.
   */
  int share(NetworkPort port) {
    return BufferPool.sizeWithin(pool.limit() / (2 * Math.max(1, quota.heldBy(port))));
  }

  /** Where a connection's numbers begin: nobody can guess it. */
  int firstNumber() {
    return gateway.random();
  }

  // ------------------------------------------------------------ from guests

  /** Takes a guest's packet, which is not a part of one. */
  void input(IpPacket packet, Neighbour from) {
    if (!segment.read(packet) || !packet.intact()) {
      return;
    }
    TcpConnection known = connections.get(wanted.of(packet, segment.ports, from.port()));
    boolean opens = segment.has(TcpSegment.SYN) && !segment.has(TcpSegment.ACK);
    if (known != null && known.lingering() && opens) {
      known.close();
      known = null;
    }
    if (known != null) {
      known.segment(segment);
    } else if (opens && !segment.has(TcpSegment.RST)) {
      open(packet, from);
    } else {
      reject(segment, from, packet.sourceAddress(), packet.targetAddress());
    }
  }

  private void open(IpPacket packet, Neighbour from) {
    Destination to = gateway.destination(packet, segment.ports & 0xffff);
    if (!to.reachable()) {
      gateway.icmp().unreachable(packet, from, to.why());
      return;
    }
    if (!room(from.port()) || !connecting.mayTake(from.port(), 1)) {
      refused.increment();
      return;
    }
    SocketChannel channel = null;
    try {
      channel = SocketChannel.open();
      Flow flow = wanted.copy();
      TcpConnection made = TcpConnection.outgoing(this, flow, from, channel, segment);
      connecting.take(from.port(), 1);
      add(made, channel);
      connect(made, channel, to.address());
    } catch (IOException e) {
      refused.increment(); // The host has no socket to spare: the guest tries again.
      NetworkLoop.discard(channel);
    }
  }

  private static void connect(TcpConnection made, SocketChannel channel, InetSocketAddress to) {
    try {
      if (channel.connect(to)) {
        made.connected();
      }
    } catch (IOException e) {
      made.failed(e);
    }
  }

  private void add(TcpConnection made, SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    SocketChannel ignored = channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    SelectionKey key = loop().register(channel, 0, made);
    connections.put(made.flow(), made);
    quota.take(made.neighbour().port(), 1);
    count = connections.size();
    made.registered(key);
  }

  /**
   * Whether there is room for another of a guest's; one that is long unused may have to give way,
   * its own, or one of a guest's that has more than its part.
   */
  private boolean room(NetworkPort port) {
    if (!quota.mayTake(port, 1)) {
      connections.values().stream()
          .filter(other -> other.neighbour().port() == port || exceeds(other))
          .min(Comparator.comparingLong(TcpConnection::used))
          .filter(oldest -> loop().now() - oldest.used() > IDLE)
          .ifPresent(TcpConnection::abort);
    }
    return quota.mayTake(port, 1);
  }

  private boolean exceeds(TcpConnection connection) {
    return quota.exceeds(connection.neighbour().port());
  }

  /** The other end of a connection that a guest has begun has answered, or will not any more. */
  void settled(TcpConnection connection) {
    connecting.give(connection.neighbour().port(), 1);
  }

  /** Tells a guest that there is no such connection (RFC 9293, §3.10.7.1). */
  void reject(TcpSegment s, Neighbour to, IpAddress guest, IpAddress peer) {
    if (s.has(TcpSegment.RST)) {
      return;
    }
    boolean acknowledges = s.has(TcpSegment.ACK);
    PacketWriter writer = writer();
    int at = writer.begin(to.mac(), peer, guest, IpPacket.TCP);
    var bytes = writer.bytes();
    bytes.putInt(at, Integer.rotateLeft(s.ports, 16));
    bytes.putInt(at + 4, acknowledges ? s.acknowledged : 0);
    bytes.putInt(at + 8, acknowledges ? 0 : s.sequence + s.span());
    int flags = TcpSegment.RST | (acknowledges ? 0 : TcpSegment.ACK);
    bytes.putInt(at + 12, (TcpSegment.HEADER << 10 | flags) << 16);
    bytes.putInt(at + 16, 0);
    long sum = writer.pseudo(peer, guest, TcpSegment.HEADER);
    sum += Checksum.sum(bytes, at, TcpSegment.HEADER);
    bytes.putShort(at + 16, Checksum.of(sum));
    to.port().send(writer.end(TcpSegment.HEADER));
  }

  /** Tells a guest why the host cannot connect; false if the answer is a reset. */
  boolean unreachable(TcpConnection connection, IOException e) {
    Optional<Unreachable> why = Unreachable.of(e);
    why.ifPresent(reason ->
        gateway
            .icmp()
            .unreachable(
                connection.flow(),
                IpPacket.TCP,
                connection.guestsSyn(),
                connection.neighbour(),
                reason));
    return why.isPresent();
  }

  // ------------------------------------------------------------ from outside

  /**
   * Listens on the host.
   *
   * @throws HostException if it cannot
   */
  void forward(PortForward forward, NetworkPort port) {
    try {
      ServerSocketChannel server = ServerSocketChannel.open();
      server.bind(forward.host());
      Listener ignored = new Listener(loop(), server, channel -> accept(channel, forward, port));
      gateway.bound(forward, ((InetSocketAddress) server.getLocalAddress()).getPort());
    } catch (IOException e) {
      throw UserGateway.taken(forward, e);
    }
  }

  private void accept(SocketChannel channel, PortForward forward, NetworkPort port)
      throws IOException {
    if (!port.plugged() || !room(port)) {
      refused.increment();
      NetworkLoop.discard(channel);
    } else {
      begin(channel, forward, port);
    }
  }

  /** For the guest it comes from the gateway, by the client's port if that is free. */
  private void begin(SocketChannel channel, PortForward forward, NetworkPort port)
      throws IOException {
    Neighbour guest = gateway.guestOf(port);
    int clientPort = ((InetSocketAddress) channel.getRemoteAddress()).getPort();
    Flow flow = flow(guest, forward.guestPort(), clientPort);
    while (connections.containsKey(flow)) {
      nextPort = nextPort == LAST_PORT ? FIRST_PORT : nextPort + 1;
      flow = flow(guest, forward.guestPort(), nextPort);
    }
    add(TcpConnection.incoming(this, flow, guest, channel), channel);
  }

  private Flow flow(Neighbour guest, int guestPort, int peerPort) {
    return Flow.between(guest, guestPort, gateway.addresses().gateway(), peerPort);
  }

  // ------------------------------------------------------------ what connections ask for

  void queue(TcpConnection connection) {
    queued.add(connection);
  }

  /** It could not read for want of memory. */
  void starving(TcpConnection connection) {
    boolean ignored =
        starving
            .computeIfAbsent(connection.neighbour().port(), port -> new LinkedHashSet<>())
            .add(connection);
  }

  void remove(TcpConnection connection) {
    if (connections.remove(connection.flow(), connection)) {
      quota.give(connection.neighbour().port(), 1);
      Set<TcpConnection> hungry = starving.get(connection.neighbour().port());
      boolean ignored = hungry != null && hungry.remove(connection);
    }
    count = connections.size();
  }

  /** At the end of a turn: all that the turn has brought is sent together. */
  private void flush() {
    List<TcpConnection> all = queued;
    queued = flushing;
    flushing = all;
    all.forEach(TcpConnection::flush);
    all.clear();
    starving.forEach((port, hungry) -> {
      if (!hungry.isEmpty() && pool.any(port)) {
        List<TcpConnection> fed = List.copyOf(hungry);
        hungry.clear();
        fed.forEach(TcpConnection::feed);
      }
    });
  }

  /** A guest is gone. */
  void forget(NetworkPort port) {
    List.copyOf(connections.values()).stream()
        .filter(connection -> connection.neighbour().port() == port && connection.orphaned())
        .forEach(TcpConnection::abort);
  }
}

package atoll.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The guests' datagrams to the outside, and those from the outside to their forwarded ports. Each
 * flow ends when nothing was sent or came for a while; of a guest that has too many, the one
 * longest unused gives way.
 */
final class UdpNat {
  /** How long a flow is kept that is not used (RFC 4787 asks for two minutes at least). */
  static final long IDLE = 120_000_000_000L;

  /** The same for a question to a name server. */
  static final long RESOLVER_IDLE = 20_000_000_000L;

  static final int HEADER = 8;

  /** Flows of a network at the same time, of which each guest can count on a part. */
  static final int MOST = 1_024;

  private static final int MOST_PACKET = 65_535;
  private static final int DATAGRAMS_AT_ONCE = 16;
  private static final int FIRST_PORT = 1_024;
  private static final int LAST_PORT = 65_535;

  private final UserGateway gateway;
  private final Map<Flow, UdpFlow> flows = new LinkedHashMap<>(16, 0.75f, true);
  private final Flow wanted = new Flow();
  private final Quota quota;
  private volatile int count;

  /** A forwarded port of the host, and by which port the guest knows each client. */
  private static final class Forwarded {
    private final PortForward forward;
    private final NetworkPort port;
    private final DatagramChannel channel;
    private final Map<InetSocketAddress, UdpFlow> clients = new HashMap<>();

    private Forwarded(PortForward forward, NetworkPort port, DatagramChannel channel) {
      this.forward = forward;
      this.port = port;
      this.channel = channel;
    }
  }

  UdpNat(UserGateway gateway) {
    this.gateway = gateway;
    quota = new Quota(MOST, gateway.segment().ports()::size);
  }

  NetworkLoop loop() {
    return gateway.loop();
  }

  PacketWriter writer() {
    return gateway.writer();
  }

  /** How many flows there are; any thread. */
  int count() {
    return count;
  }

  // ------------------------------------------------------------ from guests

  /** Takes a guest's packet, which is not a part of one. */
  void input(IpPacket packet, Neighbour from) {
    ByteBuffer bytes = packet.bytes;
    int at = packet.payload;
    int length = packet.length < HEADER ? 0 : bytes.getShort(at + 4) & 0xffff;
    if (length < HEADER || length > packet.length || !sound(packet, length)) {
      return;
    }
    int ports = bytes.getInt(at);
    UdpFlow known = flows.get(wanted.of(packet, ports, from.port()));
    boolean sent = known != null && known.send(bytes, at + HEADER, length - HEADER);
    if (!sent) {
      begin(packet, ports, from, length);
    }
  }

  /** IPv4 allows datagrams without a checksum. */
  private static boolean sound(IpPacket packet, int length) {
    packet.length = length;
    boolean none = packet.v4 && packet.bytes.getShort(packet.payload + 6) == 0;
    return none || packet.intact();
  }

  private void begin(IpPacket packet, int ports, Neighbour from, int length) {
    Destination to = gateway.destination(packet, ports & 0xffff);
    if (!to.reachable()) {
      gateway.icmp().unreachable(packet, from, to.why());
      return;
    }
    try {
      DatagramChannel channel = DatagramChannel.open();
      InetSocketAddress resolver = to.resolver() ? to.address() : null;
      Flow flow = wanted.of(packet, ports, from.port()).copy();
      UdpFlow made = new UdpFlow(this, flow, from, channel, null, resolver);
      add(made);
      try {
        made.connect(to.address());
        boolean ignored = made.send(packet.bytes, packet.payload + HEADER, length - HEADER);
      } catch (IOException e) {
        made.close();
        gateway.icmp().unreachable(packet, from, Unreachable.of(e).orElse(Unreachable.NETWORK));
      }
    } catch (IOException e) {
      // The host has no socket to spare: the datagram is lost, as datagrams may be.
    }
  }

  private void add(UdpFlow made) {
    NetworkPort port = made.neighbour().port();
    if (!quota.mayTake(port, 1)) {
      flows.values().stream()
          .filter(flow -> flow.neighbour().port() == port)
          .findFirst()
          .ifPresent(UdpFlow::close);
    }
    flows.put(made.flow(), made);
    quota.take(port, 1);
    count = flows.size();
  }

  void remove(UdpFlow flow) {
    if (flows.remove(flow.flow(), flow)) {
      quota.give(flow.neighbour().port(), 1);
    }
    count = flows.size();
  }

  void silent(InetSocketAddress resolver) {
    gateway.resolvers().silent(resolver);
  }

  void unreachable(Flow flow, Neighbour to, Unreachable why) {
    gateway.icmp().unreachable(flow, IpPacket.UDP, HEADER << 16, to, why);
  }

  // ------------------------------------------------------------ to guests

  /** Bytes of the longest datagram of a flow. */
  static int most(Flow flow) {
    return MOST_PACKET - HEADER - (flow.guest().isV4() ? IpPacket.IPV4_HEADER : 0);
  }

  /** Begins a datagram to a guest; returns where its data begin. */
  int begin(Flow flow, Neighbour to) {
    int at = writer().begin(to.mac(), flow.peer(), flow.guest(), IpPacket.UDP);
    writer().bytes().putInt(at, flow.peerPort() << 16 | flow.guestPort());
    return at + HEADER;
  }

  /** Ends a datagram to a guest, and sends it. */
  void end(Flow flow, Neighbour to, int data) {
    boolean v4 = flow.guest().isV4();
    int at = IpPacket.ETHERNET + (v4 ? IpPacket.IPV4_HEADER : IpPacket.IPV6_HEADER);
    ByteBuffer bytes = writer().bytes();
    int length = HEADER + data;
    bytes.putInt(at + 4, length << 16);
    long sum = writer().pseudo(flow.peer(), flow.guest(), length);
    bytes.putShort(at + 6, Checksum.ofUdp(sum + Checksum.sum(bytes, at, length)));
    gateway.send(writer().end(length), to);
  }

  // ------------------------------------------------------------ from outside

  /** Listens on the host. */
  void forward(PortForward forward, NetworkPort port) {
    try {
      DatagramChannel channel = DatagramChannel.open();
      bind(channel, forward.host());
      Forwarded made = new Forwarded(forward, port, channel);
      SelectionKey ignored = loop().register(channel, SelectionKey.OP_READ, () -> receive(made));
      gateway.bound(forward, ((InetSocketAddress) channel.getLocalAddress()).getPort());
    } catch (IOException e) {
      throw UserGateway.taken(forward, e);
    }
  }

  private static void bind(DatagramChannel channel, InetSocketAddress to) throws IOException {
    DatagramChannel ignored = channel.bind(to);
  }

  private void receive(Forwarded at) throws IOException {
    for (int n = 0; n < DATAGRAMS_AT_ONCE; n++) {
      Neighbour guest = gateway.guestOf(at.port);
      Flow any = Flow.between(guest, 0, gateway.addresses().gateway(), 0);
      ByteBuffer bytes = writer().bytes();
      int from = begin(any, guest);
      InetSocketAddress client;
      try {
        bytes.position(from).limit(from + most(any));
        client = (InetSocketAddress) at.channel.receive(bytes);
      } finally {
        bytes.limit(bytes.capacity());
      }
      int data = bytes.position() - from;
      bytes.clear();
      if (client == null) {
        return;
      }
      UdpFlow flow = flowOf(at, client, guest);
      flow.received();
      int ignored = begin(flow.flow(), guest);
      end(flow.flow(), guest, data);
    }
  }

  /** For the guest it comes from the gateway, by the client's port if that is free. */
  private UdpFlow flowOf(Forwarded at, InetSocketAddress client, Neighbour guest) {
    UdpFlow known = at.clients.get(client);
    if (known != null && flows.get(known.flow()) == known) {
      return known;
    }
    at.clients.values().removeIf(old -> flows.get(old.flow()) != old);
    int port = client.getPort();
    Flow flow = flow(guest, at.forward.guestPort(), port);
    for (int tries = 0; flows.containsKey(flow) && tries < MOST; tries++) {
      port = port == LAST_PORT ? FIRST_PORT : port + 1;
      flow = flow(guest, at.forward.guestPort(), port);
    }
    UdpFlow made = new UdpFlow(this, flow, guest, at.channel, client, null);
    add(made);
    at.clients.put(client, made);
    return made;
  }

  private Flow flow(Neighbour guest, int guestPort, int peerPort) {
    return Flow.between(guest, guestPort, gateway.addresses().gateway(), peerPort);
  }

  /** A guest is gone. */
  void forget(NetworkPort port) {
    List.copyOf(flows.values()).stream()
        .filter(flow -> flow.neighbour().port() == port && flow.orphaned())
        .forEach(UdpFlow::close);
  }
}

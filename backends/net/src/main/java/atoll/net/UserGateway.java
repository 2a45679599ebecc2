package atoll.net;

import atoll.device.spi.NetFrame;
import atoll.host.EntropySource;
import atoll.host.HostException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * A network's way to the outside by the host's ordinary sockets, without any privilege: a router
 * that gives out addresses, and behind which every guest's flow is a socket of the host.
 */
final class UserGateway implements Uplink {
  /** Guests' addresses that are remembered. */
  private static final int MOST_NEIGHBOURS = 512;

  private static final int DNS = 53;

  private final NetworkLoop loop;
  private final UserSettings settings;
  private final int mtu;
  private final EntropySource entropy;
  private final Segment segment;
  private final UserAddresses addresses = new UserAddresses();
  private final PacketWriter writer = new PacketWriter(UserAddresses.MAC);
  private final IpPacket packet = new IpPacket();
  private final Map<IpAddress, Neighbour> neighbours = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<PortForward, Integer> bound = new ConcurrentHashMap<>();
  private final Resolvers resolvers;
  private final Icmp icmp;
  private final Arp arp;
  private final Ndp ndp;
  private final Dhcp dhcp;
  private final Fragments fragments;
  private final UdpNat udp;
  private final TcpNat tcp;
  private final EchoNat echoes;

  /**
   * @param entropy for numbers that outsiders should not guess
   * @param echoHost what guests' echoes to the outside go by
   * @param notices told what a person should know
   */
  UserGateway(
      NetworkLoop loop,
      UserSettings settings,
      int mtu,
      EntropySource entropy,
      Segment segment,
      EchoHost echoHost,
      Consumer<String> notices) {
    this.loop = loop;
    this.settings = settings;
    this.mtu = mtu;
    this.entropy = entropy;
    this.segment = segment;
    resolvers = new Resolvers(settings.resolvers());
    icmp = new Icmp(this);
    arp = new Arp(this);
    ndp = new Ndp(this);
    dhcp = new Dhcp(this);
    fragments = new Fragments(this);
    udp = new UdpNat(this);
    tcp = new TcpNat(this);
    echoes = new EchoNat(this, echoHost, notices);
  }

  NetworkLoop loop() {
    return loop;
  }

  UserSettings settings() {
    return settings;
  }

  int mtu() {
    return mtu;
  }

  PacketWriter writer() {
    return writer;
  }

  UserAddresses addresses() {
    return addresses;
  }

  Icmp icmp() {
    return icmp;
  }

  TcpNat tcp() {
    return tcp;
  }

  UdpNat udp() {
    return udp;
  }

  EchoNat echoes() {
    return echoes;
  }

  Resolvers resolvers() {
    return resolvers;
  }

  Segment segment() {
    return segment;
  }

  int random() {
    byte[] bytes = new byte[Integer.BYTES];
    entropy.fill(bytes);
    return ByteBuffer.wrap(bytes).getInt();
  }

  // ------------------------------------------------------------ what the network asks for

  @Override
  public boolean owns(long mac) {
    return mac == UserAddresses.MAC;
  }

  @Override
  public boolean leadsOn() {
    return false;
  }

  @Override
  public void input(NetFrame frame, NetworkPort from) {
    if ((frame.bytes().getShort(IpPacket.ETHERTYPE) & 0xffff) == IpPacket.ARP) {
      arp.input(frame, from);
    } else if (packet.read(frame)) {
      input(packet, from);
    }
  }

  /**
   * Has a port of the host lead to a guest.
   *
   * @throws HostException if the host does not give it
   */
  void forward(PortForward forward, NetworkPort port) {
    if (forward.udp()) {
      udp.forward(forward, port);
    } else {
      tcp.forward(forward, port);
    }
  }

  @Override
  public void plugged(NetworkPort port) {
    tcp.forget(port);
    udp.forget(port);
    echoes.forget(port);
    neighbours.values().removeIf(neighbour -> neighbour.port() == port);
  }

  private void input(IpPacket whole, NetworkPort from) {
    if (dhcp.input(whole, from)) {
      return;
    }
    if (!whole.v4 && ndp.input(whole, from)) {
      return;
    }
    if (!addresses.isGuests(whole.sourceHigh, whole.source)) {
      from.refuse();
      return;
    }
    Neighbour neighbour = learn(whole.sourceHigh, whole.source, whole.sourceMac(), from);
    if (whole.fragment) {
      fragments.input(whole, neighbour);
    } else {
      route(whole, neighbour);
    }
  }

  /** Takes a whole packet. */
  void route(IpPacket whole, Neighbour from) {
    boolean ours = addresses.isOurs(whole.targetHigh, whole.target);
    boolean inside = addresses.isInside(whole.targetHigh, whole.target);
    if (!ours && (inside || UserAddresses.isNowhere(whole.targetHigh, whole.target))) {
      return; // For other guests, or for all of them.
    }
    if (!ours && whole.hops <= 1) {
      icmp.expired(whole, from);
      return;
    }
    switch (whole.protocol) {
      case IpPacket.TCP -> tcp.input(whole, from);
      case IpPacket.UDP -> udp.input(whole, from);
      case IpPacket.ICMP, IpPacket.ICMPV6 -> icmp.input(whole, from);
      default -> {}
    }
  }

  // ------------------------------------------------------------ where things are

  /** Notes where an address is. */
  Neighbour learn(long high, long low, long mac, NetworkPort port) {
    IpAddress address = new IpAddress(high, low);
    Neighbour known = neighbours.get(address);
    if (known == null || known.mac() != mac || known.port() != port) {
      known = new Neighbour(address, mac, port);
      neighbours.put(address, known);
      if (neighbours.size() > MOST_NEIGHBOURS) {
        IpAddress oldest = neighbours.keySet().iterator().next();
        Neighbour ignored = neighbours.remove(oldest);
      }
    }
    return known;
  }

  /** Where a port's guest is if it has the address that it is given. */
  Neighbour guestOf(NetworkPort port) {
    IpAddress address = dhcp.addressOf(port);
    Neighbour known = neighbours.get(address);
    return known != null && known.port() == port ? known : new Neighbour(address, port.mac(), port);
  }

  /** Where a packet goes that a guest sends to a port. */
  Destination destination(IpPacket from, int port) {
    if (addresses.isNames(from.targetHigh, from.target)) {
      return settings.restrict() || port != DNS
          ? Destination.nowhere(refusal(Unreachable.NETWORK))
          : resolver();
    }
    if (settings.restrict()) {
      return Destination.nowhere(Unreachable.PROHIBITED);
    }
    if (addresses.isGateway(from.targetHigh, from.target)) {
      return Destination.to(new InetSocketAddress(loopback(from.v4), port));
    }
    return Destination.to(new InetSocketAddress(from.targetAddress().toInet(), port));
  }

  private Unreachable refusal(Unreachable otherwise) {
    return settings.restrict() ? Unreachable.PROHIBITED : otherwise;
  }

  private Destination resolver() {
    return resolvers
        .current(loop.now())
        .map(Destination::toResolver)
        .orElse(Destination.nowhere(Unreachable.PORT));
  }

  private static InetAddress loopback(boolean v4) {
    return v4 ? IpAddress.v4(127, 0, 0, 1).toInet() : new IpAddress(0, 1).toInet();
  }

  // ------------------------------------------------------------ what leaves for guests

  /** Sends a guest a packet, in parts if it is too long; lost if there is no room. */
  void send(NetFrame frame, Neighbour to) {
    if (frame.length() - IpPacket.ETHERNET <= mtu) {
      to.port().send(frame);
    } else {
      fragments.cut(frame, to.port()::send);
    }
  }

  // ------------------------------------------------------------ for people

  /** A forwarded port is open; by which number, if the host has chosen it. */
  void bound(PortForward forward, int port) {
    bound.put(forward, port);
  }

  /** The number of such a port. */
  int boundPort(PortForward forward) {
    return bound.getOrDefault(forward, 0);
  }

  @Override
  public List<String> describe() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%d TCP connections, %d refused; %d UDP flows"
            .formatted(tcp.count(), tcp.refused(), udp.count()));
    return lines;
  }

  /** A sentence about a forwarded port that the host does not give. */
  static HostException taken(PortForward forward, IOException e) {
    String why =
        e instanceof BindException && String.valueOf(e.getMessage()).contains("in use")
            ? "it is in use; choose another, or stop the program that has it"
            : HostException.reason(e);
    return new HostException(
        "port %d of %s cannot be forwarded: %s"
            .formatted(forward.host().getPort(), forward.host().getAddress().getHostAddress(), why),
        e);
  }
}

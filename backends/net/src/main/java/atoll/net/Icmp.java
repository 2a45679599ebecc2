package atoll.net;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** Echoes of the gateway's own addresses, and what became of packets (RFC 792; RFC 4443). */
final class Icmp {
  private static final int HEADER = 8;
  private static final int ECHO_REPLY_V4 = 0;
  private static final int UNREACHABLE_V4 = 3;
  private static final int ECHO_V4 = 8;
  private static final int EXPIRED_V4 = 11;
  private static final int UNREACHABLE_V6 = 1;
  private static final int EXPIRED_V6 = 3;
  private static final int ECHO_V6 = 128;
  private static final int ECHO_REPLY_V6 = 129;

  /** Bytes of the longest packet about another (RFC 1812, §4.3.2.3; RFC 4443, §2.4). */
  private static final int MOST_V4 = 576;

  private static final int MOST_V6 = 1_280;

  /** Bytes of a packet's load by which its sender knows it again. */
  private static final int QUOTED = 8;

  /** Errors a second for each guest: a flood is not worth an answer to each packet. */
  private static final long RATE = 1_000;

  private final UserGateway gateway;
  private final Map<NetworkPort, TokenBucket> rates = new HashMap<>();

  Icmp(UserGateway gateway) {
    this.gateway = gateway;
  }

  /** Takes a guest's packet for the gateway or beyond. */
  void input(IpPacket packet, Neighbour from) {
    if (packet.length < HEADER || !packet.intact()) {
      return;
    }
    int type = packet.bytes.get(packet.payload) & 0xff;
    if (type != (packet.v4 ? ECHO_V4 : ECHO_V6)) {
      return;
    }
    if (gateway.addresses().isOurs(packet.targetHigh, packet.target)) {
      reply(packet, from);
    } else {
      gateway.echoes().input(packet, from);
    }
  }

  private void reply(IpPacket packet, Neighbour from) {
    answer(from, packet.targetAddress(), packet.bytes, packet.payload, packet.length);
  }

  /** Gives a guest the answer to its echo, which is at the beginning of a buffer. */
  void answer(Neighbour to, IpAddress source, ByteBuffer message, int length) {
    answer(to, source, message, 0, length);
  }

  private void answer(Neighbour to, IpAddress source, ByteBuffer message, int from, int length) {
    boolean v4 = source.isV4();
    int at = begin(to, source, to.address());
    ByteBuffer bytes = gateway.writer().bytes();
    bytes.put(at, message, from, length);
    bytes.putShort(at, (short) ((v4 ? ECHO_REPLY_V4 : ECHO_REPLY_V6) << 8));
    end(to, source, to.address(), length);
  }

  private int begin(Neighbour to, IpAddress source, IpAddress target) {
    int protocol = target.isV4() ? IpPacket.ICMP : IpPacket.ICMPV6;
    return gateway.writer().begin(to.mac(), source, target, protocol);
  }

  private void end(Neighbour to, IpAddress source, IpAddress target, int length) {
    PacketWriter writer = gateway.writer();
    boolean v4 = target.isV4();
    int at = IpPacket.ETHERNET + (v4 ? IpPacket.IPV4_HEADER : IpPacket.IPV6_HEADER);
    writer.bytes().putShort(at + 2, (short) 0);
    long sum = Checksum.sum(writer.bytes(), at, length);
    sum += v4 ? 0 : writer.pseudo(source, target, length);
    writer.bytes().putShort(at + 2, Checksum.of(sum));
    gateway.send(writer.end(length), to);
  }

  /** Tells a guest why its packet went nowhere, in the name of where it was to go. */
  void unreachable(IpPacket packet, Neighbour from, Unreachable why) {
    int type = packet.v4 ? UNREACHABLE_V4 : UNREACHABLE_V6;
    error(packet, from, type << 8 | why.code(packet.v4), packet.targetAddress());
  }

  /** Tells a guest that its packet has passed too many routers. */
  void expired(IpPacket packet, Neighbour from) {
    IpAddress ours = gateway.addresses().gateway(packet.v4);
    error(packet, from, (packet.v4 ? EXPIRED_V4 : EXPIRED_V6) << 8, ours);
  }

  private boolean mayTell(Neighbour guest) {
    return rates
        .computeIfAbsent(guest.port(), port -> new TokenBucket(RATE, RATE / 10))
        .take(1, gateway.loop().now());
  }

  private void error(IpPacket packet, Neighbour from, int typeAndCode, IpAddress source) {
    if (!mayTell(from)) {
      return;
    }
    int most = packet.v4 ? MOST_V4 - IpPacket.IPV4_HEADER : MOST_V6 - IpPacket.IPV6_HEADER;
    int whole = packet.payload - IpPacket.ETHERNET + packet.length;
    int part = Math.min(whole, most - HEADER);
    int at = begin(from, source, packet.sourceAddress());
    ByteBuffer bytes = gateway.writer().bytes();
    bytes.putInt(at, typeAndCode << 16).putInt(at + 4, 0);
    bytes.put(at + HEADER, packet.bytes, IpPacket.ETHERNET, part);
    end(from, source, packet.sourceAddress(), HEADER + part);
  }

  /**
   * The same for a packet that has gone: as much of it as its sender needs to know it again.
   *
   * @param word what stood behind its ports
   */
  void unreachable(Flow flow, int protocol, int word, Neighbour to, Unreachable why) {
    boolean v4 = flow.guest().isV4();
    int type = v4 ? UNREACHABLE_V4 : UNREACHABLE_V6;
    long begins =
        (long) (flow.guestPort() << 16 | flow.peerPort()) << Integer.SIZE | word & 0xffff_ffffL;
    error(to, flow.peer(), type << 8 | why.code(v4), 0, flow.peer(), protocol, begins);
  }

  /**
   * Tells a guest that an echo of its has failed.
   *
   * @param source who has said so
   * @param info what stands behind the checksum
   * @param header the first eight bytes of the echo
   */
  void failed(
      Neighbour to, IpAddress source, int typeAndCode, int info, IpAddress peer, long header) {
    int protocol = peer.isV4() ? IpPacket.ICMP : IpPacket.ICMPV6;
    error(to, source, typeAndCode, info, peer, protocol, header);
  }

  /**
   * @param begins the first eight bytes of what the packet carried
   */
  private void error(
      Neighbour to,
      IpAddress source,
      int typeAndCode,
      int info,
      IpAddress peer,
      int protocol,
      long begins) {
    if (!mayTell(to)) {
      return;
    }
    PacketWriter writer = gateway.writer();
    ByteBuffer bytes = writer.bytes();
    int header = peer.isV4() ? IpPacket.IPV4_HEADER : IpPacket.IPV6_HEADER;
    bytes.putLong(writer.begin(to.mac(), to.address(), peer, protocol), begins);
    int ignored = writer.end(QUOTED).length();
    byte[] quoted = new byte[header + QUOTED];
    bytes.get(IpPacket.ETHERNET, quoted);
    int at = begin(to, source, to.address());
    bytes.putInt(at, typeAndCode << 16).putInt(at + 4, info);
    bytes.put(at + HEADER, quoted);
    end(to, source, to.address(), HEADER + quoted.length);
  }
}

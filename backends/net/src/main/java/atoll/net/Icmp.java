package atoll.net;

import java.nio.ByteBuffer;

/** Echoes of the gateway's own addresses, and what became of packets (RFC 792, RFC 4443). */
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
  private static final int PORTS = 8;

  /** Errors a second: a flood is not worth an answer to each packet. */
  private static final long RATE = 1_000;

  private final UserGateway gateway;
  private final TokenBucket rate = new TokenBucket(RATE, RATE / 10);

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
      unreachable(packet, from, Unreachable.PROHIBITED);
    }
  }

  private void reply(IpPacket packet, Neighbour from) {
    int at = begin(from, packet.targetAddress(), packet.sourceAddress());
    ByteBuffer bytes = gateway.writer().bytes();
    bytes.put(at, packet.bytes, packet.payload, packet.length);
    bytes.putShort(at, (short) ((packet.v4 ? ECHO_REPLY_V4 : ECHO_REPLY_V6) << 8));
    end(from, packet.targetAddress(), packet.sourceAddress(), packet.length);
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

  private void error(IpPacket packet, Neighbour from, int typeAndCode, IpAddress source) {
    if (!rate.take(1, gateway.loop().now())) {
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
    if (!rate.take(1, gateway.loop().now())) {
      return;
    }
    boolean v4 = flow.guest().isV4();
    PacketWriter writer = gateway.writer();
    ByteBuffer bytes = writer.bytes();
    int header = v4 ? IpPacket.IPV4_HEADER : IpPacket.IPV6_HEADER;
    int ports = writer.begin(to.mac(), flow.guest(), flow.peer(), protocol);
    bytes.putInt(ports, flow.guestPort() << 16 | flow.peerPort());
    bytes.putInt(ports + 4, word);
    int ignored = writer.end(PORTS).length();
    byte[] quoted = new byte[header + PORTS];
    bytes.get(IpPacket.ETHERNET, quoted);
    int at = begin(to, flow.peer(), flow.guest());
    int type = v4 ? UNREACHABLE_V4 : UNREACHABLE_V6;
    bytes.putInt(at, (type << 8 | why.code(v4)) << 16).putInt(at + 4, 0);
    bytes.put(at + HEADER, quoted);
    end(to, flow.peer(), flow.guest(), HEADER + quoted.length);
  }
}

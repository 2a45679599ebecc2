package atoll.net;

import java.nio.ByteBuffer;

/**
 * Neighbour discovery (RFC 4861): who has an address of IPv6, and which prefix guests make theirs
 * of (RFC 4862), with a name server (RFC 8106).
 */
final class Ndp {
  private static final int ROUTER_SOLICITATION = 133;
  private static final int ROUTER_ADVERTISEMENT = 134;
  private static final int NEIGHBOUR_SOLICITATION = 135;
  private static final int NEIGHBOUR_ADVERTISEMENT = 136;
  private static final int UNROUTED = 255;
  private static final int LEAST = 8;
  private static final int SOLICITATION_SIZE = 24;

  private static final int OPTION_SOURCE = 0x0101; // kind, and length in eight bytes
  private static final int OPTION_TARGET = 0x0201;
  private static final int OPTION_PREFIX = 0x0304;
  private static final int OPTION_MTU = 0x0501;
  private static final int OPTION_NAMES = 0x1903;
  private static final int PREFIX_AND_FLAGS = 64 << 8 | 0xc0; // on-link, autonomous

  /** Seconds for which a guest may take the gateway for a router (RFC 4861, §6.2.1). */
  private static final int LIFETIME = 1_800;

  private static final long EVERY = 600_000_000_000L;
  private static final IpAddress ALL_NODES = new IpAddress(0xff02L << 48, 1);
  private static final long ALL_NODES_MAC = 0x3333_0000_0001L;

  private final UserGateway gateway;
  private final Alarms.Alarm again;

  Ndp(UserGateway gateway) {
    this.gateway = gateway;
    again = gateway.loop().alarms().make(this::advertiseToAll);
  }

  /** Takes a packet if it is about neighbours. */
  boolean input(IpPacket packet, NetworkPort from) {
    if (packet.protocol != IpPacket.ICMPV6 || packet.fragment || packet.length < LEAST) {
      return false;
    }
    int type = packet.bytes.get(packet.payload) & 0xff;
    if (type < ROUTER_SOLICITATION || type > NEIGHBOUR_ADVERTISEMENT + 1) {
      return false;
    }
    if (packet.hops == UNROUTED && packet.intact()) {
      if (gateway.addresses().isGuests(packet.sourceHigh, packet.source)) {
        Neighbour ignored =
            gateway.learn(packet.sourceHigh, packet.source, packet.sourceMac(), from);
      }
      if (type == ROUTER_SOLICITATION) {
        advertise(packet.sourceMac(), from);
      } else if (type == NEIGHBOUR_SOLICITATION && packet.length >= SOLICITATION_SIZE) {
        solicited(packet, from);
      }
    }
    return true;
  }

  private void solicited(IpPacket packet, NetworkPort from) {
    long high = packet.bytes.getLong(packet.payload + 8);
    long low = packet.bytes.getLong(packet.payload + 16);
    if (!gateway.addresses().isOurs(high, low)) {
      return;
    }
    IpAddress ours = new IpAddress(high, low);
    boolean nameless = packet.sourceHigh == 0 && packet.source == 0; // It would take ours.
    IpAddress to = nameless ? ALL_NODES : packet.sourceAddress();
    long mac = nameless ? ALL_NODES_MAC : packet.sourceMac();
    PacketWriter writer = gateway.writer();
    int at = begin(mac, ours, to, NEIGHBOUR_ADVERTISEMENT);
    ByteBuffer bytes = writer.bytes();
    bytes.putInt(at + 4, (nameless ? 0xa0 : 0xe0) << 24); // router, solicited, override
    bytes.putLong(at + 8, high).putLong(at + 16, low);
    option(bytes, at + 24, OPTION_TARGET);
    end(ours, to, 32, from);
  }

  private static void option(ByteBuffer bytes, int at, int kind) {
    bytes.putShort(at, (short) kind);
    bytes.putShort(at + 2, (short) (UserAddresses.MAC >>> 32));
    bytes.putInt(at + 4, (int) UserAddresses.MAC);
  }

  private int begin(long mac, IpAddress source, IpAddress target, int type) {
    PacketWriter writer = gateway.writer();
    int at = writer.begin(mac, source, target, IpPacket.ICMPV6);
    writer.unrouted();
    writer.bytes().putInt(at, type << 24);
    return at;
  }

  private void end(IpAddress source, IpAddress target, int length, NetworkPort to) {
    PacketWriter writer = gateway.writer();
    int at = IpPacket.ETHERNET + IpPacket.IPV6_HEADER;
    long sum = Checksum.sum(writer.bytes(), at, length) + writer.pseudo(source, target, length);
    writer.bytes().putShort(at + 2, Checksum.of(sum));
    to.send(writer.end(length));
  }

  private void advertiseToAll() {
    gateway.segment().ports().forEach(port -> advertise(ALL_NODES_MAC, port));
  }

  /** RFC 4861, §4.2; with a restricted network's, there is no router. */
  private void advertise(long mac, NetworkPort to) {
    again.at(gateway.loop().now() + EVERY);
    boolean restrict = gateway.settings().restrict();
    IpAddress router = gateway.addresses().router();
    int at = begin(mac, router, ALL_NODES, ROUTER_ADVERTISEMENT);
    ByteBuffer bytes = gateway.writer().bytes();
    bytes.putInt(at + 4, 64 << 24 | (restrict ? 0 : LIFETIME)); // hops
    bytes.putLong(at + 8, 0);
    option(bytes, at + 16, OPTION_SOURCE);
    bytes.putInt(at + 24, OPTION_MTU << 16).putInt(at + 28, gateway.mtu());
    bytes.putInt(at + 32, OPTION_PREFIX << 16 | PREFIX_AND_FLAGS);
    bytes.putInt(at + 36, UserAddresses.LEASE).putInt(at + 40, UserAddresses.LEASE);
    bytes.putInt(at + 44, 0);
    bytes.putLong(at + 48, UserAddresses.PREFIX_V6).putLong(at + 56, 0);
    int length = 64;
    if (!restrict) {
      bytes.putInt(at + 64, OPTION_NAMES << 16).putInt(at + 68, LIFETIME);
      IpAddress names = gateway.addresses().names(false);
      bytes.putLong(at + 72, names.high()).putLong(at + 80, names.low());
      length += 24;
    }
    end(router, ALL_NODES, length, to);
  }
}

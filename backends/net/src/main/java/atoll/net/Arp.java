package atoll.net;

import atoll.device.spi.NetFrame;
import java.nio.ByteBuffer;

/** Who has an address of IPv4 (RFC 826). */
final class Arp {
  private static final int SIZE = 28;
  private static final int KIND = 0x0001_0800; // Ethernet and IPv4
  private static final int SIZES = 0x0604;
  private static final int REQUEST = 1;
  private static final int REPLY = 2;

  private final UserGateway gateway;

  Arp(UserGateway gateway) {
    this.gateway = gateway;
  }

  void input(NetFrame frame, NetworkPort from) {
    ByteBuffer bytes = frame.bytes();
    int at = IpPacket.ETHERNET;
    if (frame.length() < at + SIZE
        || bytes.getInt(at) != KIND
        || (bytes.getShort(at + 4) & 0xffff) != SIZES) {
      return;
    }
    long mac = bytes.getLong(at + 8) >>> Short.SIZE;
    long sender = IpAddress.mapped(bytes.getInt(at + 14));
    long target = IpAddress.mapped(bytes.getInt(at + 24));
    if (MacAddress.isGroup(mac)) {
      return;
    }
    if (gateway.addresses().isGuests(0, sender)) {
      Neighbour ignored = gateway.learn(0, sender, mac, from);
    }
    if (bytes.getShort(at + 6) == REQUEST && gateway.addresses().isOurs(0, target)) {
      reply(mac, (int) sender, (int) target, from);
    }
  }

  private void reply(long mac, int to, int ours, NetworkPort port) {
    PacketWriter writer = gateway.writer();
    int at = writer.ethernet(mac, IpPacket.ARP);
    ByteBuffer bytes = writer.bytes();
    bytes.putInt(at, KIND).putInt(at + 4, SIZES << 16 | REPLY);
    bytes.putLong(at + 8, UserAddresses.MAC << 16);
    bytes.putInt(at + 14, ours);
    bytes.putLong(at + 18, mac << 16);
    bytes.putInt(at + 24, to);
    port.send(writer.frame().become(at + SIZE));
  }
}

package atoll.net;

import atoll.device.spi.NetFrame;
import java.nio.ByteBuffer;

/** Writes the packets of one gateway: each begins with its addresses and ends with its length. */
final class PacketWriter {
  private static final int HOPS = 64;
  private static final int DO_NOT_FRAGMENT = 0x4000;
  private static final int VERSION_4 = 0x45;
  private static final int VERSION_6 = 0x6000_0000;

  private final long mac;
  private final NetFrame frame = new NetFrame();
  private final ByteBuffer bytes = frame.bytes();
  private int protocol;
  private boolean v4;
  private int identification;

  /**
   * @param mac the sender's
   */
  PacketWriter(long mac) {
    this.mac = mac;
  }

  NetFrame frame() {
    return frame;
  }

  ByteBuffer bytes() {
    return bytes;
  }

  /** Writes a frame's header; returns where what it carries begins. */
  int ethernet(long target, int type) {
    bytes.putLong(0, target << 16 | mac >>> 32);
    bytes.putInt(8, (int) mac);
    bytes.putShort(12, (short) type);
    return IpPacket.ETHERNET;
  }

  /** Begins a packet; returns where what it carries begins. */
  int begin(long targetMac, IpAddress from, IpAddress to, int carried) {
    v4 = to.isV4();
    protocol = carried;
    int at = ethernet(targetMac, v4 ? IpPacket.IPV4 : IpPacket.IPV6);
    if (v4) {
      bytes.putShort(at, (short) (VERSION_4 << 8));
      bytes.putInt(at + 4, 0);
      bytes.putShort(at + 8, (short) (HOPS << 8 | carried));
      bytes.putInt(at + 12, from.bits());
      bytes.putInt(at + 16, to.bits());
      return at + IpPacket.IPV4_HEADER;
    }
    bytes.putInt(at, VERSION_6);
    bytes.putShort(at + 6, (short) (carried << 8 | HOPS));
    bytes.putLong(at + 8, from.high());
    bytes.putLong(at + 16, from.low());
    bytes.putLong(at + 24, to.high());
    bytes.putLong(at + 32, to.low());
    return at + IpPacket.IPV6_HEADER;
  }

  /** RFC 4861, §4: what must not have passed a router shows that so. */
  void unrouted() {
    bytes.put(IpPacket.ETHERNET + 7, (byte) 0xff);
  }

  /** Ends a packet that carries {@code length} bytes, whatever they are. */
  NetFrame end(int length) {
    int at = IpPacket.ETHERNET;
    if (!v4) {
      bytes.putShort(at + 4, (short) length);
      return frame.become(at + IpPacket.IPV6_HEADER + length);
    }
    identification = identification + 1 & 0xffff;
    bytes.putShort(at + 2, (short) (IpPacket.IPV4_HEADER + length));
    bytes.putShort(at + 4, (short) identification);
    bytes.putShort(at + 6, protocol == IpPacket.TCP ? (short) DO_NOT_FRAGMENT : 0);
    bytes.putShort(at + 10, (short) 0);
    bytes.putShort(at + 10, Checksum.of(Checksum.sum(bytes, at, IpPacket.IPV4_HEADER)));
    return frame.become(at + IpPacket.IPV4_HEADER + length);
  }

  /** The sum of the pseudo header of a packet that will carry {@code length} bytes. */
  long pseudo(IpAddress from, IpAddress to, int length) {
    return Checksum.pseudo(from.high(), from.low(), to.high(), to.low(), protocol, length);
  }
}

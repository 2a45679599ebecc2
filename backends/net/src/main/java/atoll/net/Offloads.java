package atoll.net;

import atoll.device.spi.NetFrame;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Does for a frame what its sender has left to the network, for a receiver that does not. */
final class Offloads {
  private static final int FIN_AND_PUSH = 0x09; // RFC 9293, §3.1
  private static final int CWR = 0x80;
  private static final int TCP_FLAGS = 13;
  private static final int TCP_CHECKSUM = 16;
  private static final int TCP_HEADER = 20;
  private static final int VIRTUAL_LAN = 0x8100;
  private static final int TAG = 4;

  /** Null before the first segment is cut; most networks never do that. */
  private NetFrame piece;

  /** Computes the checksum, in the frame itself. */
  static void finish(NetFrame frame) {
    if (frame.checksumMissing()) {
      int from = frame.checksumFrom();
      int length = frame.length() - from;
      // What is at its place now, the sum of the pseudo header, counts as well.
      short checksum = Checksum.ofUdp(Checksum.sum(frame.bytes(), from, length));
      frame.bytes().putShort(from + frame.checksumAt(), checksum);
      frame.become(frame.length());
    }
  }

  /** Cuts a TCP segment into ones with checksums; nothing if it is none. */
  void cut(NetFrame whole, Consumer<NetFrame> to) {
    ByteBuffer bytes = whole.bytes();
    int tcp = whole.checksumFrom();
    int ip = IpPacket.ETHERNET + (isTagged(bytes) ? TAG : 0);
    boolean v6 = whole.segmentsIpv6();
    int least = ip + (v6 ? IpPacket.IPV6_HEADER : IpPacket.IPV4_HEADER);
    int headers = tcp + (bytes.get(tcp + 12) >>> 2 & 0x3c);
    if (tcp < least || headers < tcp + TCP_HEADER || headers >= whole.length()) {
      return;
    }
    int size = whole.segmentSize();
    piece = piece != null ? piece : new NetFrame();
    for (int at = headers, n = 0; at < whole.length(); at += size, n++) {
      int part = Math.min(size, whole.length() - at);
      ByteBuffer copy = piece.bytes();
      copy.put(0, bytes, 0, headers).put(headers, bytes, at, part);
      copy.putInt(tcp + 4, bytes.getInt(tcp + 4) + at - headers);
      boolean last = at + part == whole.length();
      int flags =
          bytes.get(tcp + TCP_FLAGS) & (last ? 0xff : ~FIN_AND_PUSH) & (n == 0 ? 0xff : ~CWR);
      copy.put(tcp + TCP_FLAGS, (byte) flags);
      length(copy, ip, v6, headers + part, n);
      copy.putShort(tcp + TCP_CHECKSUM, (short) 0);
      copy.putShort(tcp + TCP_CHECKSUM, tcpChecksum(copy, ip, v6, tcp, headers + part - tcp));
      to.accept(piece.become(headers + part));
    }
  }

  /** Whether the packet is of a virtual LAN (IEEE 802.1Q). */
  private static boolean isTagged(ByteBuffer bytes) {
    return (bytes.getShort(IpPacket.ETHERTYPE) & 0xffff) == VIRTUAL_LAN;
  }

  private static void length(ByteBuffer copy, int ip, boolean v6, int end, int n) {
    if (v6) {
      copy.putShort(ip + 4, (short) (end - ip - IpPacket.IPV6_HEADER));
      return;
    }
    copy.putShort(ip + 2, (short) (end - ip));
    copy.putShort(ip + 4, (short) (copy.getShort(ip + 4) + n));
    copy.putShort(ip + 10, (short) 0);
    copy.putShort(ip + 10, Checksum.of(Checksum.sum(copy, ip, (copy.get(ip) & 0xf) * 4)));
  }

  private static short tcpChecksum(ByteBuffer copy, int ip, boolean v6, int tcp, int length) {
    long pseudo = v6 ? Checksum.sum(copy, ip + 8, 32) : Checksum.sum(copy, ip + 12, 8);
    return Checksum.of(pseudo + IpPacket.TCP + length + Checksum.sum(copy, tcp, length));
  }
}

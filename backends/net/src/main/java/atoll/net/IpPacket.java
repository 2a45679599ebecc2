package atoll.net;

import atoll.device.spi.NetFrame;
import java.nio.ByteBuffer;

/**
 * The IP packet in a frame, as far as it is well-formed: looked at in place. Used again for each
 * frame, by one thread.
 */
final class IpPacket {
  static final int ETHERNET = 14;
  static final int ETHERTYPE = 12;
  static final int IPV4 = 0x0800;
  static final int ARP = 0x0806;
  static final int IPV6 = 0x86dd;
  static final int IPV4_HEADER = 20;
  static final int IPV6_HEADER = 40;

  static final int ICMP = 1;
  static final int TCP = 6;
  static final int UDP = 17;
  static final int ICMPV6 = 58;

  // RFC 8200, §4: headers between the packet's own and what it carries.
  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int FRAGMENT = 44;
  private static final int DESTINATION = 60;
  private static final int MOST_EXTENSIONS = 8;

  private static final int MORE_FRAGMENTS = 0x2000;
  private static final int FRAGMENT_OFFSET = 0x1fff;

  NetFrame frame;
  ByteBuffer bytes;
  boolean v4;
  long sourceHigh;
  long source;
  long targetHigh;
  long target;
  int protocol;

  /** Routers that it may still pass. */
  int hops;

  /** Where what it carries begins, and how many bytes that has. */
  int payload;

  int length;

  /** Whether it is one of several parts; then which, and of what. */
  boolean fragment;

  int fragmentOffset;
  boolean moreFragments;
  int fragmentId;

  /** Returns false if there is no packet of IP that anyone may act on. */
  boolean read(NetFrame from) {
    frame = from;
    bytes = from.bytes();
    fragment = false;
    return switch (bytes.getShort(ETHERTYPE) & 0xffff) {
      case IPV4 -> readV4();
      case IPV6 -> readV6();
      default -> false;
    };
  }

  /** RFC 791, §3.1. */
  private boolean readV4() {
    int left = frame.length() - ETHERNET;
    int header = (bytes.get(ETHERNET) & 0xf) * 4;
    int total = bytes.getShort(ETHERNET + 2) & 0xffff;
    boolean sound =
        left >= IPV4_HEADER
            && (bytes.get(ETHERNET) & 0xf0) == 0x40
            && header >= IPV4_HEADER
            && total >= header
            && total <= left
            && Checksum.fold(Checksum.sum(bytes, ETHERNET, header)) == 0xffff;
    if (!sound) {
      return false;
    }
    v4 = true;
    int parts = bytes.getShort(ETHERNET + 6);
    fragmentId = bytes.getShort(ETHERNET + 4) & 0xffff;
    fragmentOffset = (parts & FRAGMENT_OFFSET) * 8;
    moreFragments = (parts & MORE_FRAGMENTS) != 0;
    fragment = fragmentOffset != 0 || moreFragments;
    hops = bytes.get(ETHERNET + 8) & 0xff;
    protocol = bytes.get(ETHERNET + 9) & 0xff;
    sourceHigh = 0;
    source = IpAddress.mapped(bytes.getInt(ETHERNET + 12));
    targetHigh = 0;
    target = IpAddress.mapped(bytes.getInt(ETHERNET + 16));
    payload = ETHERNET + header;
    length = total - header;
    return true;
  }

  /** RFC 8200, §3. An address of IPv4 in that form never comes over a wire. */
  private boolean readV6() {
    int left = frame.length() - ETHERNET - IPV6_HEADER;
    if (left < 0 || (bytes.get(ETHERNET) & 0xf0) != 0x60) {
      return false;
    }
    v4 = false;
    length = bytes.getShort(ETHERNET + 4) & 0xffff;
    hops = bytes.get(ETHERNET + 7) & 0xff;
    sourceHigh = bytes.getLong(ETHERNET + 8);
    source = bytes.getLong(ETHERNET + 16);
    targetHigh = bytes.getLong(ETHERNET + 24);
    target = bytes.getLong(ETHERNET + 32);
    payload = ETHERNET + IPV6_HEADER;
    return length <= left
        && !IpAddress.isV4(sourceHigh, source)
        && !IpAddress.isV4(targetHigh, target)
        && pass(bytes.get(ETHERNET + 6) & 0xff);
  }

  private boolean pass(int first) {
    int next = first;
    for (int n = 0; n < MOST_EXTENSIONS; n++) {
      switch (next) {
        case HOP_BY_HOP, ROUTING, DESTINATION -> {
          int size = length < 8 ? Integer.MAX_VALUE : 8 + (bytes.get(payload + 1) & 0xff) * 8;
          if (size > length) {
            return false;
          }
          next = bytes.get(payload) & 0xff;
          payload += size;
          length -= size;
        }
        case FRAGMENT -> {
          return readFragment();
        }
        default -> {
          protocol = next;
          return true;
        }
      }
    }
    return false;
  }

  /** RFC 8200, §4.5; what is behind it is looked at when the packet is whole. */
  private boolean readFragment() {
    if (length < 8) {
      return false;
    }
    protocol = bytes.get(payload) & 0xff;
    int parts = bytes.getShort(payload + 2) & 0xffff;
    fragmentOffset = parts & ~7;
    moreFragments = (parts & 1) != 0;
    fragmentId = bytes.getInt(payload + 4);
    fragment = fragmentOffset != 0 || moreFragments;
    payload += 8;
    length -= 8;
    return true;
  }

  IpAddress sourceAddress() {
    return new IpAddress(sourceHigh, source);
  }

  IpAddress targetAddress() {
    return new IpAddress(targetHigh, target);
  }

  long sourceMac() {
    return bytes.getLong(4) & 0xffff_ffff_ffffL;
  }

  /** Whether the checksum of what it carries is right, or left to the network. */
  boolean intact() {
    if (frame.checksumMissing()) {
      return true;
    }
    long sum = Checksum.sum(bytes, payload, length);
    if (protocol != ICMP) {
      sum += Checksum.pseudo(sourceHigh, source, targetHigh, target, protocol, length);
    }
    return Checksum.fold(sum) == 0xffff;
  }
}

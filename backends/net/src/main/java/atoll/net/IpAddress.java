package atoll.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An address of IPv6, or one of IPv4 in the form ::ffff:a.b.c.d (RFC 4291, §2.5.5.2), so that both
 * are handled alike.
 *
 * @param high the first eight bytes
 * @param low the last eight bytes
 */
record IpAddress(long high, long low) {
  private static final long MAPPED = 0xffffL;
  private static final int V4_SIZE = 4;
  private static final int V6_SIZE = 16;

  static IpAddress v4(int bits) {
    return new IpAddress(0, mapped(bits));
  }

  /** {@code a.b.c.d}, a byte each. */
  static IpAddress v4(int a, int b, int c, int d) {
    return v4(a << 24 | b << 16 | c << 8 | d);
  }

  static IpAddress of(InetAddress address) {
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    return bytes.capacity() == V4_SIZE
        ? v4(bytes.getInt())
        : new IpAddress(bytes.getLong(), bytes.getLong());
  }

  /** The last eight bytes of an address of IPv4. */
  static long mapped(int v4) {
    return MAPPED << 32 | v4 & 0xffff_ffffL;
  }

  static boolean isV4(long high, long low) {
    return high == 0 && low >>> 32 == MAPPED;
  }

  boolean isV4() {
    return isV4(high, low);
  }

  /** The four bytes of an address of IPv4. */
  int bits() {
    return (int) low;
  }

  boolean is(long otherHigh, long otherLow) {
    return high == otherHigh && low == otherLow;
  }

  /** For the host's sockets. */
  InetAddress toInet() {
    byte[] bytes = new byte[isV4() ? V4_SIZE : V6_SIZE];
    if (isV4()) {
      ByteBuffer.wrap(bytes).putInt(bits());
    } else {
      ByteBuffer.wrap(bytes).putLong(high).putLong(low);
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of 4 or 16 bytes is one", e);
    }
  }

  @Override
  public String toString() {
    return toInet().getHostAddress();
  }
}

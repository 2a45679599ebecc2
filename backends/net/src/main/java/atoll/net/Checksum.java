package atoll.net;

import java.nio.ByteBuffer;

/** The checksum of the internet (RFC 1071): sums are kept unfolded, and may be added. */
final class Checksum {
  private Checksum() {}

  /**
   * The sum of {@code length} bytes from {@code from} on, which is at an even place of the whole.
   */
  static long sum(ByteBuffer bytes, int from, int length) {
    long sum = 0;
    int at = from;
    int end = from + length;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      long eight = bytes.getLong(at);
      sum += (eight >>> 32) + (eight & 0xffff_ffffL);
    }
    for (; at + Short.BYTES <= end; at += Short.BYTES) {
      sum += bytes.getShort(at) & 0xffff;
    }
    return at < end ? sum + ((bytes.get(at) & 0xff) << 8) : sum;
  }

  /** That of a pseudo header (RFC 9293, §3.1; RFC 8200, §8.1). */
  static long pseudo(
      long sourceHigh, long source, long targetHigh, long target, int protocol, int length) {
    if (IpAddress.isV4(sourceHigh, source)) {
      return (source & 0xffff_ffffL) + (target & 0xffff_ffffL) + protocol + length;
    }
    return halves(sourceHigh)
        + halves(source)
        + halves(targetHigh)
        + halves(target)
        + protocol
        + length;
  }

  private static long halves(long eight) {
    return (eight >>> 32) + (eight & 0xffff_ffffL);
  }

  /** Sixteen bits: what is sent is their complement, and the sum of all that came is 0xffff. */
  static int fold(long sum) {
    long folded = (sum >>> 32) + (sum & 0xffff_ffffL);
    while (folded >>> 16 != 0) {
      folded = (folded >>> 16) + (folded & 0xffff);
    }
    return (int) folded;
  }

  /** As it is sent. */
  static short of(long sum) {
    return (short) ~fold(sum);
  }

  /** The same for UDP, where zero means that there is none. */
  static short ofUdp(long sum) {
    short checksum = of(sum);
    return checksum == 0 ? (short) 0xffff : checksum;
  }
}

package atoll.device.spi;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * An Ethernet frame on its way between a guest and a network, in a buffer that is used again and
 * again, by one thread at a time.
 *
 * <p>A guest may leave work to whoever carries its frames, as the hardware of a network card does:
 * the checksum of a TCP or UDP packet, and cutting a TCP segment that is longer than the link
 * allows. Such a frame says so here. Between two guests of one host neither need ever be done.
 */
public final class NetFrame {
  /** Bytes of the longest: a header with a VLAN tag, and an IP packet. */
  public static final int MOST = 14 + 4 + 65_535;

  /** Bytes of the shortest: a header. */
  public static final int LEAST = 14;

  private static final int COMPLETE = -1;

  private final ByteBuffer bytes = ByteBuffer.allocateDirect(MOST);
  private final MemorySegment segment = MemorySegment.ofBuffer(bytes);
  private int length;
  private int checksumFrom = COMPLETE;
  private int checksumAt;
  private int segmentSize;
  private boolean sixth;

  /** The buffer, big-endian: accessed by index; what is behind {@link #length} is of no account. */
  public ByteBuffer bytes() {
    return bytes;
  }

  /** The same as memory. */
  public MemorySegment segment() {
    return segment;
  }

  /** Bytes of the frame; 0 if there is none. */
  public int length() {
    return length;
  }

  /** Becomes a frame of so many bytes, with nothing left to be done. */
  public NetFrame become(int bytes) {
    length = bytes;
    checksumFrom = COMPLETE;
    segmentSize = 0;
    return this;
  }

  /** Becomes a copy of another. */
  public NetFrame become(NetFrame other) {
    MemorySegment.copy(other.segment, 0, segment, 0, other.length);
    length = other.length;
    checksumFrom = other.checksumFrom;
    checksumAt = other.checksumAt;
    segmentSize = other.segmentSize;
    sixth = other.sixth;
    return this;
  }

  /**
   * Says that a checksum is to be computed, of everything from {@code from} on; where it belongs
   * there is the sum of the pseudo header.
   *
   * @param at where it belongs, counted from {@code from}
   */
  public NetFrame checksumMissing(int from, int at) {
    checksumFrom = from;
    checksumAt = at;
    return this;
  }

  /** Whether a checksum is still to be computed. */
  public boolean checksumMissing() {
    return checksumFrom != COMPLETE;
  }

  /** From which byte on. */
  public int checksumFrom() {
    return checksumFrom;
  }

  /** Where it belongs, counted from {@link #checksumFrom}. */
  public int checksumAt() {
    return checksumAt;
  }

  /**
   * Says that this is a TCP segment to be cut into ones with at most {@code bytes} of data.
   *
   * @param ipv6 whether it is one of IPv6
   */
  public NetFrame segments(int bytes, boolean ipv6) {
    segmentSize = bytes;
    sixth = ipv6;
    return this;
  }

  /** Bytes of data in each segment that this is to be cut into, or 0 if it is not. */
  public int segmentSize() {
    return segmentSize;
  }

  /** Whether what is to be cut is IPv6. */
  public boolean segmentsIpv6() {
    return segmentSize != 0 && sixth;
  }
}

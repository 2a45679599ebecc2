package atoll.device.spi;

import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What stands before each frame in a queue of virtio (§5.1.6), and before those of an interface of
 * the host: work that is left to the other side.
 */
@Unsaved("of the frame that is being moved")
public final class NetHeader {
  /** Bytes, with the number of buffers; a driver of before version 1 may leave that out. */
  public static final int SIZE = 12;

  public static final int LEGACY_SIZE = 10;

  private static final int FLAGS = 0;
  private static final int SEGMENTATION = 1;
  private static final int HEADER_LENGTH = 2;
  private static final int SEGMENT_SIZE = 4;
  private static final int CHECKSUM_FROM = 6;
  private static final int CHECKSUM_AT = 8;
  private static final int BUFFERS = 10;

  private static final int NEEDS_CHECKSUM = 1;
  private static final int NO_SEGMENTATION = 0;
  private static final int TCP_IPV4 = 1;
  private static final int TCP_IPV6 = 4;

  /** The length of a TCP header, as the upper half of its byte 12. */
  private static final int TCP_OFFSET = 12;

  private static final int TCP_HEADER = 20;
  private static final int CHECKSUM_SIZE = 2;

  private final byte[] bytes = new byte[SIZE];
  private final ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

  /** The header itself, little-endian. */
  public byte[] bytes() {
    return bytes;
  }

  /**
   * Tells a frame what the header says of it.
   *
   * @return false if that makes no sense, so that no network can carry it
   */
  public boolean describe(NetFrame frame) {
    boolean partial = (fields.get(FLAGS) & NEEDS_CHECKSUM) != 0;
    int from = fields.getShort(CHECKSUM_FROM) & 0xffff;
    int at = fields.getShort(CHECKSUM_AT) & 0xffff;
    if (partial) {
      if (from < NetFrame.LEAST || from + at + CHECKSUM_SIZE > frame.length()) {
        return false;
      }
      frame.checksumMissing(from, at);
    }
    int kind = fields.get(SEGMENTATION) & 0xff;
    int size = fields.getShort(SEGMENT_SIZE) & 0xffff;
    return switch (kind) {
      case NO_SEGMENTATION -> true;
      case TCP_IPV4, TCP_IPV6 -> {
        frame.segments(size, kind == TCP_IPV6);
        yield partial && size > 0 && from + TCP_HEADER <= frame.length();
      }
      default -> false; // Not offered.
    };
  }

  /** Bytes of all headers of a TCP segment that is still to be cut; 0 of another frame. */
  public static int headers(NetFrame frame) {
    if (frame.segmentSize() == 0) {
      return 0;
    }
    int tcp = frame.bytes().get(frame.checksumFrom() + TCP_OFFSET) >>> 2 & 0x3c;
    return Math.min(frame.checksumFrom() + tcp, frame.length());
  }

  /**
   * Becomes that of a frame for the guest.
   *
   * @param buffers how many it is spread over
   */
  public void of(NetFrame frame, int buffers) {
    fields.putLong(0, 0);
    fields.putShort(CHECKSUM_AT, (short) 0);
    fields.putShort(BUFFERS, (short) buffers);
    if (frame.checksumMissing()) {
      fields.put(FLAGS, (byte) NEEDS_CHECKSUM);
      fields.putShort(CHECKSUM_FROM, (short) frame.checksumFrom());
      fields.putShort(CHECKSUM_AT, (short) frame.checksumAt());
    }
    if (frame.segmentSize() != 0) {
      fields.put(SEGMENTATION, (byte) (frame.segmentsIpv6() ? TCP_IPV6 : TCP_IPV4));
      fields.putShort(HEADER_LENGTH, (short) headers(frame));
      fields.putShort(SEGMENT_SIZE, (short) frame.segmentSize());
    }
  }
}

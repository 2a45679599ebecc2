package atoll.device.spi;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A packet of a stream between a guest and somebody else (virtio §5.10.6), in a buffer that is used
 * again and again, by one thread at a time: a header, and of {@link #RW} the data.
 *
 * <p>An end is a context, which is a machine, and a port. Ports, counts and sizes are unsigned.
 */
public final class VsockPacket {
  /** Bytes of the header. */
  public static final int HEADER = 44;

  /** Bytes of the most data, as many as Linux sends. */
  public static final int MOST = 64 << 10;

  /** The context of the host. */
  public static final long HOST = 2;

  /** The only type of stream that there is: bytes in order. */
  public static final int STREAM = 1;

  // What a packet is for (§5.10.6).

  /** Never sent: what a device makes of a packet that is none. */
  public static final int INVALID = 0;

  public static final int REQUEST = 1;
  public static final int RESPONSE = 2;
  public static final int RST = 3;
  public static final int SHUTDOWN = 4;
  public static final int RW = 5;
  public static final int CREDIT_UPDATE = 6;
  public static final int CREDIT_REQUEST = 7;

  /** Flag of {@link #SHUTDOWN}: the sender will receive nothing more. */
  public static final int NO_RECEIVE = 1;

  /** Flag of {@link #SHUTDOWN}: the sender will send nothing more. */
  public static final int NO_SEND = 2;

  private static final int SOURCE = 0;
  private static final int TARGET = 8;
  private static final int SOURCE_PORT = 16;
  private static final int TARGET_PORT = 20;
  private static final int LENGTH = 24;
  private static final int TYPE = 28;
  private static final int OPERATION = 30;
  private static final int FLAGS = 32;
  private static final int BUFFER = 36;
  private static final int FORWARDED = 40;

  private final ByteBuffer bytes =
      ByteBuffer.allocateDirect(HEADER + MOST).order(ByteOrder.LITTLE_ENDIAN);
  private final MemorySegment segment = MemorySegment.ofBuffer(bytes);

  /** Header and data, little-endian: accessed by index. */
  public ByteBuffer bytes() {
    return bytes;
  }

  /** The same as memory. */
  public MemorySegment segment() {
    return segment;
  }

  /** Becomes one without data. */
  public VsockPacket become(int operation, int flags) {
    bytes.putInt(LENGTH, 0);
    bytes.putShort(TYPE, (short) STREAM);
    bytes.putShort(OPERATION, (short) operation);
    bytes.putInt(FLAGS, flags);
    return this;
  }

  /** Says from where to where it goes. */
  public VsockPacket ends(long source, int sourcePort, long target, int targetPort) {
    bytes.putLong(SOURCE, source).putLong(TARGET, target);
    bytes.putInt(SOURCE_PORT, sourcePort).putInt(TARGET_PORT, targetPort);
    return this;
  }

  /**
   * Says what its sender can take.
   *
   * @param buffer bytes in all
   * @param forwarded how many it has taken out of that since the beginning
   */
  public VsockPacket credit(int buffer, int forwarded) {
    bytes.putInt(BUFFER, buffer).putInt(FORWARDED, forwarded);
    return this;
  }

  /** Has so many bytes of data. */
  public VsockPacket length(int data) {
    bytes.putInt(LENGTH, data);
    return this;
  }

  public long source() {
    return bytes.getLong(SOURCE);
  }

  public long target() {
    return bytes.getLong(TARGET);
  }

  public int sourcePort() {
    return bytes.getInt(SOURCE_PORT);
  }

  public int targetPort() {
    return bytes.getInt(TARGET_PORT);
  }

  /** Bytes of data. */
  public int length() {
    return bytes.getInt(LENGTH);
  }

  public int type() {
    return bytes.getShort(TYPE) & 0xffff;
  }

  public int operation() {
    return bytes.getShort(OPERATION) & 0xffff;
  }

  public int flags() {
    return bytes.getInt(FLAGS);
  }

  /** As in {@link #credit}. */
  public int buffer() {
    return bytes.getInt(BUFFER);
  }

  /** As in {@link #credit}. */
  public int forwarded() {
    return bytes.getInt(FORWARDED);
  }
}

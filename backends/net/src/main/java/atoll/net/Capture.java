package atoll.net;

import atoll.device.spi.NetFrame;
import atoll.host.Clock;
import atoll.host.HostException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/**
 * A file with a copy of the frames of a port, in pcapng (draft-ietf-opsawg-pcapng). It ends at the
 * first error of the host's disk, and at its limit, since guests say how fast it grows; the network
 * goes on.
 */
final class Capture implements AutoCloseable {
  private static final int SECTION = 0x0a0d_0d0a; // §4.1
  private static final int INTERFACE = 1; // §4.2
  private static final int PACKET = 6; // §4.3, enhanced packet block
  private static final int BYTE_ORDER = 0x1a2b_3c4d;
  private static final int ETHERNET = 1;
  private static final int OPTION_END = 0;
  private static final int OPTION_NAME = 2; // §4.2, if_name
  private static final int OPTION_RESOLUTION = 9; // §4.2, if_tsresol
  private static final int OPTION_FLAGS = 2; // §4.3, epb_flags
  private static final int INBOUND = 1;
  private static final int OUTBOUND = 2;
  private static final byte NANOSECONDS = 9;
  private static final int MORE_THAN_A_FRAME = 256;

  /** Bytes of a file at most. */
  private static final long MOST = 1L << 30;

  private final Path path;
  private final FileChannel file;
  private final Clock clock;
  private final Consumer<String> notices;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(2 * NetFrame.MOST + MORE_THAN_A_FRAME)
          .order(ByteOrder.LITTLE_ENDIAN);
  private final long most;
  private long written;
  private boolean open = true;

  /**
   * Begins a file, in place of an older one.
   *
   * @param port its name, for readers
   * @param clock for the date of frames, which guests see
   * @param notices told if the host cannot write it
   * @throws HostException if it cannot be made
   */
  Capture(Path path, String port, Clock clock, Consumer<String> notices) {
    this(path, port, clock, notices, MOST);
  }

  /** The same with a limit in bytes. */
  Capture(Path path, String port, Clock clock, Consumer<String> notices, long most) {
    this.path = path;
    this.most = most;
    this.clock = clock;
    this.notices = notices;
    try {
      file =
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new HostException(
          "%s cannot be written to (%s); give another file for the capture"
              .formatted(path, HostException.reason(e)),
          e);
    }
    begin(port);
    flush();
  }

  private void begin(String port) {
    int start = block(SECTION);
    buffer.putInt(BYTE_ORDER).putShort((short) 1).putShort((short) 0).putLong(-1);
    end(start);
    start = block(INTERFACE);
    buffer.putShort((short) ETHERNET).putShort((short) 0).putInt(0);
    option(OPTION_NAME, port.getBytes(StandardCharsets.UTF_8));
    option(OPTION_RESOLUTION, new byte[] {NANOSECONDS});
    option(OPTION_END, new byte[0]);
    end(start);
  }

  /** Adds a frame, which the guest has received or sent. */
  void write(NetFrame frame, boolean received) {
    if (!open) {
      return;
    }
    if (written + buffer.position() + frame.length() + MORE_THAN_A_FRAME > most) {
      flush();
      open = false;
      notices.accept(
          "the capture in %s ends here, at its limit of %,d bytes".formatted(path, most));
      return;
    }
    if (buffer.remaining() < frame.length() + MORE_THAN_A_FRAME) {
      flush();
    }
    long now = clock.epochNanos();
    int start = block(PACKET);
    buffer.putInt(0).putInt((int) (now >>> 32)).putInt((int) now);
    buffer.putInt(frame.length()).putInt(frame.length());
    buffer.put(buffer.position(), frame.bytes(), 0, frame.length());
    pad(frame.length());
    buffer.putShort((short) OPTION_FLAGS).putShort((short) Integer.BYTES);
    buffer.putInt(received ? INBOUND : OUTBOUND);
    option(OPTION_END, new byte[0]);
    end(start);
  }

  private int block(int type) {
    int start = buffer.position();
    buffer.putInt(type).putInt(0);
    return start;
  }

  private void option(int code, byte[] value) {
    buffer.putShort((short) code).putShort((short) value.length);
    buffer.put(buffer.position(), value);
    pad(value.length);
  }

  /** Goes behind {@code length} bytes that are there, to a multiple of four. */
  private void pad(int length) {
    buffer.position(buffer.position() + length);
    while ((buffer.position() & 3) != 0) {
      buffer.put((byte) 0);
    }
  }

  private void end(int start) {
    int length = buffer.position() + Integer.BYTES - start;
    buffer.putInt(length);
    buffer.putInt(start + Integer.BYTES, length);
  }

  /** Writes out what is there. */
  void flush() {
    try {
      buffer.flip();
      while (open && buffer.hasRemaining()) {
        written += file.write(buffer);
      }
    } catch (IOException e) {
      open = false;
      notices.accept("the capture in %s ends here: %s".formatted(path, HostException.reason(e)));
    } finally {
      buffer.clear();
    }
  }

  @Override
  public void close() {
    flush();
    open = false;
    try {
      file.close();
    } catch (IOException e) {
      notices.accept(
          "the end of the capture in %s may be lost: %s".formatted(path, HostException.reason(e)));
    }
  }
}

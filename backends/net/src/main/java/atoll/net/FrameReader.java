package atoll.net;

import atoll.device.spi.NetFrame;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Finds the frames in a stream in which each has its length before it, in 4 bytes, big-endian; as
 * QEMU and passt have them.
 */
final class FrameReader {
  private final byte[] frame = new byte[NetFrame.MOST];
  private int length;
  private int have;
  private int digits;

  /** Takes a frame. */
  @FunctionalInterface
  interface Sink {
    /** The bytes are only valid during the call. */
    void frame(byte[] bytes, int length) throws IOException;
  }

  /**
   * Takes all that there is of the stream.
   *
   * @throws IOException if no frame can have such a length
   */
  void take(ByteBuffer bytes, Sink sink) throws IOException {
    while (bytes.hasRemaining()) {
      if (digits < Integer.BYTES) {
        length = length << Byte.SIZE | bytes.get() & 0xff;
        digits++;
        if (digits == Integer.BYTES && (length < 1 || length > NetFrame.MOST)) {
          throw new IOException(
              "it says that a frame has %d bytes, and frames have 1 to %d"
                  .formatted(Integer.toUnsignedLong(length), NetFrame.MOST));
        }
      } else {
        int part = Math.min(bytes.remaining(), length - have);
        bytes.get(frame, have, part);
        have += part;
        if (have == length) {
          int whole = length;
          restart();
          sink.frame(frame, whole);
        }
      }
    }
  }

  /** A new stream begins. */
  void restart() {
    length = 0;
    have = 0;
    digits = 0;
  }
}

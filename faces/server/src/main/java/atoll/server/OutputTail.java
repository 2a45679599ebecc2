package atoll.server;

import java.util.Arrays;

/** The end of what a VM has printed, for those who begin to look at it later. */
final class OutputTail {
  /** As many bytes as some screens of text. */
  static final int SIZE = 1 << 16;

  private byte[] ring = new byte[256];
  private long printed;

  void append(byte[] bytes) {
    grow(printed + bytes.length);
    int from = Math.max(0, bytes.length - SIZE);
    for (int i = from; i < bytes.length; ) {
      int at = (int) ((printed + i) % ring.length);
      int part = Math.min(bytes.length - i, ring.length - at);
      System.arraycopy(bytes, i, ring, at, part);
      i += part;
    }
    printed += bytes.length;
  }

  /** While the ring has never been full, what is in it begins at its start. */
  private void grow(long wanted) {
    if (wanted > ring.length && ring.length < SIZE) {
      ring = Arrays.copyOf(ring, (int) Math.min(SIZE, Math.max(wanted, 2L * ring.length)));
    }
  }

  /** The last bytes, up to {@link #SIZE}. */
  byte[] bytes() {
    int length = (int) Math.min(printed, ring.length);
    byte[] tail = new byte[length];
    int start = (int) ((printed - length) % ring.length);
    int part = Math.min(length, ring.length - start);
    System.arraycopy(ring, start, tail, 0, part);
    System.arraycopy(ring, 0, tail, part, length - part);
    return tail;
  }
}

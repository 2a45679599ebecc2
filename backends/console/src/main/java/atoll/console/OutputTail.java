package atoll.console;

import java.util.Arrays;

/** The end of what a VM has printed, for those who begin to look at it later. */
public final class OutputTail {
  private static final int LEAST = 256;

  private final int size;

  private byte[] ring = new byte[LEAST];
  private long printed;

  /**
   * @param size bytes that it keeps, {@value #LEAST} or more
   */
  public OutputTail(int size) {
    this.size = size;
  }

  /** Adds what has been printed. */
  public void append(byte[] bytes) {
    grow(printed + bytes.length);
    int from = Math.max(0, bytes.length - size);
    for (int i = from; i < bytes.length; ) {
      int at = (int) ((printed + i) % ring.length);
      int part = Math.min(bytes.length - i, ring.length - at);
      System.arraycopy(bytes, i, ring, at, part);
      i += part;
    }
    printed += bytes.length;
  }

  /** Forgets all. */
  public void clear() {
    printed = 0;
  }

  /** While the ring has never been full, what is in it begins at its start. */
  private void grow(long wanted) {
    if (wanted > ring.length && ring.length < size) {
      ring = Arrays.copyOf(ring, (int) Math.min(size, Math.max(wanted, 2L * ring.length)));
    }
  }

  /** The last bytes, as many as it keeps. */
  public byte[] bytes() {
    int length = (int) Math.min(printed, ring.length);
    byte[] tail = new byte[length];
    int start = (int) ((printed - length) % ring.length);
    int part = Math.min(length, ring.length - start);
    System.arraycopy(ring, start, tail, 0, part);
    System.arraycopy(ring, 0, tail, part, length - part);
    return tail;
  }
}

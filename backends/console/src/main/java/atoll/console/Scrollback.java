package atoll.console;

import java.io.OutputStream;
import java.util.Arrays;

/** The latest output of a console, to be shown again; one thread at a time uses it. */
final class Scrollback extends OutputStream {
  private static final int LEAST = 1024;

  private final int capacity;

  /** Grows to the capacity; what is in it begins at its start until it has been full then. */
  private byte[] ring;

  private long written;

  /**
   * @param capacity bytes that are remembered
   */
  Scrollback(int capacity) {
    this.capacity = capacity;
    ring = new byte[Math.min(LEAST, capacity)];
  }

  private void grow(long wanted) {
    if (wanted > ring.length && ring.length < capacity) {
      ring = Arrays.copyOf(ring, (int) Math.min(capacity, Math.max(wanted, 2L * ring.length)));
    }
  }

  @Override
  public void write(int b) {
    grow(written + 1);
    ring[(int) (written++ % ring.length)] = (byte) b;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    grow(written + length);
    int skipped = Math.max(0, length - ring.length);
    written += skipped;
    int from = offset + skipped;
    int left = length - skipped;
    while (left > 0) {
      int at = (int) (written % ring.length);
      int part = Math.min(left, ring.length - at);
      System.arraycopy(bytes, from, ring, at, part);
      written += part;
      from += part;
      left -= part;
    }
  }

  /** The last {@code lines} lines, of which the very last may be unfinished. */
  byte[] tail(int lines) {
    byte[] all = all();
    int start = all.length;
    int feeds = 0;
    while (start > 0 && (all[start - 1] != '\n' || feeds++ < lines)) {
      start--;
    }
    return Arrays.copyOfRange(all, start, all.length);
  }

  /** Everything that is remembered, from the beginning of a line on if its beginning is lost. */
  byte[] all() {
    int length = (int) Math.min(written, ring.length);
    byte[] all = new byte[length];
    for (int i = 0; i < length; i++) {
      all[i] = ring[(int) ((written - length + i) % ring.length)];
    }
    int start = 0;
    if (written > ring.length) {
      while (start < length && all[start++] != '\n') {}
      start = start == length ? 0 : start;
    }
    return Arrays.copyOfRange(all, start, length);
  }
}

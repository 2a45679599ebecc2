package atoll.nbd;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A disk in memory that forgets what was not flushed when its host ends, and says of each 4 KiB
 * whether they are zero.
 */
final class MemoryExport implements NbdExport {
  static final int SIZE = 4 << 20;
  private static final int BLOCK = 4096;

  private final byte[] bytes;
  private byte[] stable;
  private int flushes;
  private boolean broken;
  private boolean readOnly;

  MemoryExport() {
    this(SIZE);
  }

  MemoryExport(int size) {
    bytes = new byte[size];
    stable = new byte[size];
  }

  void refuseWrites() {
    readOnly = true;
  }

  /** Its host loses its power. */
  synchronized void cutPower() {
    System.arraycopy(stable, 0, bytes, 0, bytes.length);
  }

  /** From now on, or no more, it fails. */
  synchronized void fail(boolean fails) {
    broken = fails;
  }

  synchronized int flushes() {
    return flushes;
  }

  synchronized byte[] bytes() {
    return bytes.clone();
  }

  private void requireWhole() throws IOException {
    if (broken) {
      throw new IOException("No space left on device");
    }
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public synchronized void read(long offset, MemorySegment into) throws IOException {
    requireWhole();
    into.copyFrom(MemorySegment.ofArray(bytes).asSlice(offset, into.byteSize()));
  }

  @Override
  public synchronized void write(long offset, MemorySegment from) throws IOException {
    requireWhole();
    MemorySegment.ofArray(bytes).asSlice(offset, from.byteSize()).copyFrom(from);
  }

  @Override
  public synchronized void flush() throws IOException {
    requireWhole();
    stable = bytes.clone();
    flushes++;
  }

  @Override
  public void trim(long offset, long length) throws IOException {
    zero(offset, length, true);
  }

  @Override
  public synchronized void zero(long offset, long length, boolean mayUnmap) throws IOException {
    requireWhole();
    MemorySegment.ofArray(bytes).asSlice(offset, length).fill((byte) 0);
  }

  @Override
  public synchronized BlockStatus status(long offset, long most) throws IOException {
    requireWhole();
    long end = Math.min(offset + most, (offset / BLOCK + 1) * BLOCK);
    boolean zero = true;
    for (long at = offset; at < end; at++) {
      zero &= bytes[(int) at] == 0;
    }
    return new BlockStatus(end - offset, zero, zero);
  }
}

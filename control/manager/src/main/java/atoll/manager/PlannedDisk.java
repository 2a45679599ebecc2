package atoll.manager;

import atoll.device.spi.BlockBackend;
import java.lang.foreign.MemorySegment;

/**
 * A disk of a machine that is only described: its device is in the device tree, and no file is
 * opened for it.
 */
record PlannedDisk(long size, boolean readOnly) implements BlockBackend {
  private static final int SECTOR = 512;

  /** One of any size. */
  PlannedDisk(boolean readOnly) {
    this(SECTOR, readOnly);
  }

  @Override
  public void read(long offset, MemorySegment into) {
    throw new UnsupportedOperationException("a planned disk is not read");
  }

  @Override
  public void write(long offset, MemorySegment from) {
    throw new UnsupportedOperationException("a planned disk is not written");
  }

  @Override
  public void flush() {}

  @Override
  public void discard(long offset, long length) {}

  @Override
  public void writeZeroes(long offset, long length, boolean mayUnmap) {}

  @Override
  public String serial() {
    return "";
  }

  @Override
  public void close() {}
}

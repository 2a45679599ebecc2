package atoll.disk;

import atoll.device.spi.BlockBackend;
import atoll.nbd.BlockStatus;
import atoll.nbd.NbdExport;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A disk as an NBD server offers it.
 *
 * @param disk the same as {@code known}, or something around it
 * @param known asked where it has nothing but zeroes
 */
record ServedDisk(BlockBackend disk, BlockBackend known) implements NbdExport {
  @Override
  public long size() {
    return disk.size();
  }

  @Override
  public boolean readOnly() {
    return disk.readOnly();
  }

  @Override
  public void read(long offset, MemorySegment into) throws IOException {
    disk.read(offset, into);
  }

  @Override
  public void write(long offset, MemorySegment from) throws IOException {
    disk.write(offset, from);
  }

  @Override
  public void flush() throws IOException {
    disk.flush();
  }

  @Override
  public void trim(long offset, long length) throws IOException {
    disk.discard(offset, length);
  }

  @Override
  public void zero(long offset, long length, boolean mayUnmap) throws IOException {
    disk.writeZeroes(offset, length, mayUnmap);
  }

  @Override
  public BlockStatus status(long offset, long most) throws IOException {
    if (known instanceof SparseDisk sparse) {
      SparseDisk.Range range = sparse.range(offset, most);
      return new BlockStatus(range.length(), range.zero(), range.zero());
    }
    return new BlockStatus(most, false, false);
  }
}

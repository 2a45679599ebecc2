package atoll.vmm;

import atoll.device.spi.BlockBackend;
import java.lang.foreign.MemorySegment;

/** What is behind a bank of flash, in memory. */
final class FlashFile implements BlockBackend {
  final byte[] bytes = new byte[(int) FirmwareFlash.BANK];

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public void read(long offset, MemorySegment into) {
    into.copyFrom(MemorySegment.ofArray(bytes).asSlice(offset, into.byteSize()));
  }

  @Override
  public void write(long offset, MemorySegment from) {
    MemorySegment.ofArray(bytes).asSlice(offset, from.byteSize()).copyFrom(from);
  }

  @Override
  public void flush() {}

  @Override
  public void discard(long offset, long length) {}

  @Override
  public void writeZeroes(long offset, long length, boolean mayUnmap) {}

  @Override
  public String serial() {
    return "flash";
  }

  @Override
  public void close() {}
}

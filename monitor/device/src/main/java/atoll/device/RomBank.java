package atoll.device;

/**
 * What stores to a bank of read-only memory meet, which is mapped for loads and fetches: nothing
 * comes of them, as on a bus with a chip that ignores them. So a driver that looks for a flash chip
 * here finds none, and does not fault.
 */
public final class RomBank implements MmioDevice {
  @Override
  public String name() {
    return "flash0";
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return write;
  }

  @Override
  public long read(long offset, int size) {
    return 0; // Never asked: memory is there.
  }

  @Override
  public void write(long offset, int size, long value) {}
}

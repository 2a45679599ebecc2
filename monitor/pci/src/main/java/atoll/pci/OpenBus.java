package atoll.pci;

import atoll.device.MmioDevice;

/**
 * Addresses of a PCI bus that no function answers at: reads are all ones, and writes are lost, as
 * after a master abort (§2.3.2). Stateless.
 */
public final class OpenBus implements MmioDevice {
  private final String name;

  /** Makes one with a name for statistics. */
  public OpenBus(String name) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return true;
  }

  @Override
  public long read(long offset, int size) {
    return ones(size);
  }

  /** What {@code size} bytes read as where nothing is. */
  static long ones(int size) {
    return -1L >>> Long.SIZE - Byte.SIZE * size;
  }

  @Override
  public void write(long offset, int size, long value) {}
}

package atoll.virtio;

import atoll.device.MmioDevice;

/**
 * Virtio-mmio slots without a device, one behind the other: each identifies itself, with device
 * number 0, which tells a driver that probes all slots to go on (§4.2.2, DeviceID). Everything else
 * reads as zero. Stateless.
 */
public final class EmptySlots implements MmioDevice {
  private final long size;

  /**
   * Makes them.
   *
   * @param size bytes, {@link VirtioMmio#SIZE} each
   */
  public EmptySlots(long size) {
    this.size = size;
  }

  @Override
  public String name() {
    return "empty slots";
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return size <= 4 && (offset & (size - 1)) == 0 && offset < this.size;
  }

  @Override
  public long read(long offset, int size) {
    return switch ((int) (offset & VirtioMmio.SIZE - 1)) {
      case VirtioMmio.MAGIC -> VirtioMmio.MAGIC_VALUE;
      case VirtioMmio.VERSION -> VirtioMmio.VERSION_VALUE;
      case VirtioMmio.VENDOR_ID -> VirtioMmio.VENDOR_VALUE;
      default -> 0;
    };
  }

  @Override
  public void write(long offset, int size, long value) {}
}

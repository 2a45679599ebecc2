package atoll.virtio;

import atoll.device.MmioDevice;

/**
 * A virtio-mmio slot without a device: it identifies itself, with device number 0, which tells a
 * driver that probes all slots to go on (§4.2.2, DeviceID). Everything else reads as zero.
 */
public final class EmptySlot implements MmioDevice {
  private final String name;

  /**
   * Makes one of {@link VirtioMmio#SIZE} bytes.
   *
   * @param name for statistics, such as {@code virtio3}
   */
  public EmptySlot(String name) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return size <= 4 && (offset & (size - 1)) == 0 && offset < VirtioMmio.SIZE;
  }

  @Override
  public long read(long offset, int size) {
    return switch ((int) offset) {
      case VirtioMmio.MAGIC -> VirtioMmio.MAGIC_VALUE;
      case VirtioMmio.VERSION -> VirtioMmio.VERSION_VALUE;
      case VirtioMmio.VENDOR_ID -> VirtioMmio.VENDOR_VALUE;
      default -> 0;
    };
  }

  @Override
  public void write(long offset, int size, long value) {}
}

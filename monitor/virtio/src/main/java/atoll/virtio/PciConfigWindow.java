package atoll.virtio;

import atoll.device.MmioDevice;
import atoll.pci.ConfigSpace;

/**
 * By which software that cannot reach memory BARs, such as a boot loader's, accesses what is behind
 * one: a word in configuration space, and registers that say of what it is (§4.1.4.9). Guarded by
 * the function's monitor.
 */
final class PciConfigWindow {
  private static final int DATA_SIZE = 4;

  private final ConfigSpace space;
  private final int at;
  private final int bar;
  private final int size;
  private final MmioDevice registers;

  /**
   * Makes one.
   *
   * @param at where its capability is
   * @param size bytes of {@code registers}, which are behind {@code bar}
   */
  PciConfigWindow(ConfigSpace space, int at, int bar, int size, MmioDevice registers) {
    this.space = space;
    this.at = at;
    this.bar = bar;
    this.size = size;
    this.registers = registers;
  }

  /** Software is about to read there: what it asks for is fetched, if it is the word. */
  void read(int offset, int bytes) {
    if (touches(offset, bytes) && valid()) {
      synchronized (registers) {
        space.put(data(), DATA_SIZE, registers.read(target(), length()));
      }
    }
  }

  /** Software has written there. */
  void written(int offset, int bytes) {
    if (touches(offset, bytes) && valid()) {
      synchronized (registers) {
        registers.write(target(), length(), space.get(data(), length()));
      }
    }
  }

  private boolean touches(int offset, int bytes) {
    return offset < data() + DATA_SIZE && data() < offset + bytes;
  }

  /** Whether it says something that is there; §4.1.4.9.2 forbids anything else. */
  private boolean valid() {
    int length = length();
    return space.get(at + PciCapabilities.WHICH_BAR, 1) == bar
        && (length == 1 || length == 2 || length == 4)
        && target() % length == 0
        && target() <= size - length;
  }

  private int data() {
    return at + PciCapabilities.END;
  }

  private long target() {
    return space.get(at + PciCapabilities.OFFSET, 4);
  }

  private int length() {
    return (int) space.get(at + PciCapabilities.SPAN, 4);
  }
}

package atoll.virtio;

import atoll.pci.ConfigSpace;

/** Writes the capabilities that tell a driver where a device's registers are (§4.1.4). */
final class PciCapabilities {
  // §4.1.4: struct virtio_pci_cap.
  private static final int VENDOR_SPECIFIC = 0x09;
  private static final int LENGTH = 2;
  private static final int TYPE = 3;
  static final int WHICH_BAR = 4;
  static final int OFFSET = 8;
  static final int SPAN = 12;
  static final int END = 16;

  private static final int COMMON = 1;
  private static final int NOTIFY = 2;
  private static final int ISR = 3;
  private static final int DEVICE = 4;
  private static final int CONFIG_ACCESS = 5;

  private final ConfigSpace space;
  private final int bar;

  PciCapabilities(ConfigSpace space, int bar) {
    this.space = space;
    this.bar = bar;
  }

  void common(int offset, int span) {
    add(COMMON, END, offset, span);
  }

  void isr(int offset) {
    add(ISR, END, offset, 1);
  }

  void device(int offset, int span) {
    add(DEVICE, END, offset, span);
  }

  /**
   * Where to notify.
   *
   * @param multiplier bytes between two queues' addresses
   */
  void notification(int offset, int span, int multiplier) {
    int at = add(NOTIFY, END + 4, offset, span);
    space.define(at + END, 4, multiplier, 0);
  }

  /** The window of {@link PciConfigWindow}; returns where it is. */
  int window() {
    int at = add(CONFIG_ACCESS, END + 4, 0, 0);
    space.define(at + WHICH_BAR, 1, 0, 0xff);
    space.define(at + OFFSET, 4, 0, 0xffff_ffffL);
    space.define(at + SPAN, 4, 0, 0xffff_ffffL);
    space.define(at + END, 4, 0, 0xffff_ffffL);
    return at;
  }

  private int add(int type, int length, int offset, int span) {
    int at = space.capability(VENDOR_SPECIFIC, length);
    space.define(at + LENGTH, 1, length, 0);
    space.define(at + TYPE, 1, type, 0);
    space.define(at + WHICH_BAR, 1, bar, 0);
    space.define(at + OFFSET, 4, offset, 0);
    space.define(at + SPAN, 4, span, 0);
    return at;
  }
}

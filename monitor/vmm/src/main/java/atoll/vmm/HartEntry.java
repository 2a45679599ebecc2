package atoll.vmm;

/**
 * Where a hart goes on: what its thread does before the first guest instruction after a start or a
 * wait. A value, since a machine may be saved in between.
 */
public sealed interface HartEntry {
  /**
   * The reset vector of QEMU's board, in machine mode.
   *
   * @param start address of the firmware
   * @param deviceTree address of the device tree
   * @param information address of what OpenSBI calls dynamic information, or 0
   */
  record Firmware(long start, long deviceTree, long information) implements HartEntry {}

  /** A start by SBI in supervisor mode, with a value for a1. */
  record Start(long address, long opaque) implements HartEntry {}

  /** The end of a suspension in which the registers are kept. */
  record Retained() implements HartEntry {}

  /** The end of one that loses them: as a start, but interrupts stay enabled. */
  record Awakened(long address, long opaque) implements HartEntry {}
}

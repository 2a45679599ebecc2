package atoll.pci;

/**
 * What a function is beside its registers in configuration space. Called under the function's
 * monitor, by a vCPU.
 */
public interface PciDevice {
  /** What a bridge is that has no registers of its own. */
  PciDevice NONE = new PciDevice() {};

  /** Software is about to read {@code size} bytes at {@code offset}; they may be changed first. */
  default void configRead(int offset, int size) {}

  /** Software has written there. */
  default void configWritten(int offset, int size) {}

  /** Whether the function may reach memory (§7.5.1.1.3, Bus Master Enable). */
  default void busMaster(boolean enabled) {}

  /** The function is reset; its registers in configuration space have been (§6.6.2). */
  default void reset() {}
}

package atoll.device;

/** What can be on the memory-mapped I/O bus. */
public sealed interface BusDevice permits MmioDevice, OutsideDevice {
  /** Short name for statistics and reports, such as {@code uart0}. */
  String name();
}

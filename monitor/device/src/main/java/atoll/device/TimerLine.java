package atoll.device;

/** The timer comparator of one hart, which raises its machine timer interrupt. Thread-safe. */
@FunctionalInterface
public interface TimerLine {
  /**
   * The interrupt is pending from the time that the machine's clock shows {@code ticks} or more
   * (unsigned, 10 MHz), and not before; -1 is never.
   */
  void deadline(long ticks);
}

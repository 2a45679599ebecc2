package atoll.vmm;

import java.util.List;
import java.util.Optional;

/**
 * What the SBI implementation keeps of one hart.
 *
 * @param hart its state, as HSM numbers them (SBI §9)
 * @param entry what comes before its next instruction
 * @param events counts by firmware event
 * @param counters by index
 */
public record SbiState(
    int hart, Optional<HartEntry> entry, List<Long> events, List<PmuState> counters) {
  public SbiState {
    if (hart < HartTable.STARTED || hart > HartTable.SUSPENDED) {
      throw new IllegalArgumentException("no state of a hart: " + hart);
    }
    events = List.copyOf(events);
    counters = List.copyOf(counters);
  }

  /**
   * A counter of the PMU extension.
   *
   * @param event what it was configured for, or -1
   * @param started whether a guest has started it
   * @param running whether it counts
   * @param value what it shows
   */
  public record PmuState(int event, boolean started, boolean running, long value) {}
}

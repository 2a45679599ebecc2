package atoll.vmm;

import java.util.concurrent.atomic.AtomicLongArray;

/** What the SBI implementation itself did for one hart, by firmware event (SBI §11.4). */
final class FirmwareEvents {
  static final int SET_TIMER = 5;
  static final int IPI_SENT = 6;
  static final int IPI_RECEIVED = 7;
  static final int FENCE_I_SENT = 8;
  static final int FENCE_I_RECEIVED = 9;
  static final int SFENCE_VMA_SENT = 10;
  static final int SFENCE_VMA_RECEIVED = 11;
  static final int SFENCE_VMA_ASID_SENT = 12;
  static final int SFENCE_VMA_ASID_RECEIVED = 13;

  /** Events that are counted: those above. The others of the table never happen here. */
  static final int COUNTED = 14;

  private final AtomicLongArray counts = new AtomicLongArray(COUNTED);

  void count(int event) {
    counts.incrementAndGet(event);
  }

  long of(int event) {
    return counts.get(event);
  }
}

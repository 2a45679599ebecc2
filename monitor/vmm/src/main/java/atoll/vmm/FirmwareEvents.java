package atoll.vmm;

import atoll.state.StateShape;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/** The actions of the SBI implementation for one hart, by firmware event (SBI §11.4). */
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

  static final int HFENCE_GVMA_SENT = 14;
  static final int HFENCE_GVMA_RECEIVED = 15;
  static final int HFENCE_GVMA_VMID_SENT = 16;
  static final int HFENCE_GVMA_VMID_RECEIVED = 17;
  static final int HFENCE_VVMA_SENT = 18;
  static final int HFENCE_VVMA_RECEIVED = 19;
  static final int HFENCE_VVMA_ASID_SENT = 20;
  static final int HFENCE_VVMA_ASID_RECEIVED = 21;

  /** Events that are counted: those above. The others of the table never happen here. */
  static final int COUNTED = 22;

  private final AtomicLongArray counts = new AtomicLongArray(COUNTED);

  void count(int event) {
    counts.incrementAndGet(event);
  }

  /** Counts by event. */
  List<Long> state() {
    return IntStream.range(0, COUNTED).mapToObj(counts::get).toList();
  }

  void restore(List<Long> from) {
    StateShape.requireCount("firmware events", from.size(), COUNTED);
    for (int event = 0; event < COUNTED; event++) {
      counts.set(event, from.get(event));
    }
  }

  long of(int event) {
    return counts.get(event);
  }
}

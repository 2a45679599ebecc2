package atoll.front;

import atoll.vmm.BoardPlan;

/** Reads how many harts a machine is to have. */
final class HartCount extends WholeNumber {
  HartCount() {
    super(1, BoardPlan.MAX_HARTS);
  }
}

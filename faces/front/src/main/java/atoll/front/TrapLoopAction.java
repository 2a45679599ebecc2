package atoll.front;

import atoll.vmm.VmConfig;

/** Reads {@code end} or {@code report}. */
final class TrapLoopAction extends OneOf<VmConfig.OnTrapLoop> {
  TrapLoopAction() {
    super(VmConfig.OnTrapLoop.class);
  }
}

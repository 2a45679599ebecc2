package atoll.vmm;

import atoll.engine.Hart;
import atoll.kernel.Vcpu;

/**
 * One environment call from supervisor mode (SBI §3): the calling hart, and the registers that it
 * passes.
 *
 * @param hart the caller, outside of guest code
 * @param vcpu what the kernel knows it as
 */
record SbiCall(Hart hart, Vcpu vcpu) {
  private static final int A0 = 10;
  private static final int A6 = 16;
  private static final int A7 = 17;

  /** EID: a7, of which the lower 32 bits count. */
  int extension() {
    return (int) hart.x(A7);
  }

  /** FID: a6. */
  int function() {
    return (int) hart.x(A6);
  }

  /** Argument {@code n}: a0 to a5. */
  long argument(int n) {
    return hart.x(A0 + n);
  }

  void reply(SbiReply reply) {
    if (reply.registers() > 0) {
      hart.x(A0, reply.a0());
    }
    if (reply.registers() > 1) {
      hart.x(A0 + 1, reply.a1());
    }
  }
}

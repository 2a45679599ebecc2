package atoll.engine.x64;

import atoll.engine.hart.StateBlock;
import atoll.engine.hart.TrapRegisters;
import atoll.engine.target.CodeExit;
import atoll.verify.ExitCodes;
import atoll.verify.StateLayout;
import atoll.verify.StateLayout.Places;

/** What the verifier of translated code is told: the state block's layout and the exit codes. */
final class CodeContract {
  static final ExitCodes EXITS =
      new ExitCodes(
          CodeExit.REASON_MASK,
          CodeExit.SLOW,
          CodeExit.LINK,
          CodeExit.LOOKUP,
          CodeExit.BUDGET,
          CodeExit.STALE,
          CodeExit.REFRESH,
          CodeExit.SPIN);

  static final StateLayout STATE = layout();

  private static final int REGISTERS = 32;

  private CodeContract() {}

  private static StateLayout layout() {
    Places places =
        new Places(
            StateBlock.TLB_READ,
            StateBlock.TLB_WRITE,
            StateBlock.EPOCH,
            StateBlock.PAGE_VA,
            StateBlock.JUMP_CACHE,
            StateBlock.JUMP_MASK,
            StateBlock.FLOAT_CONTROL,
            StateBlock.ROUNDING,
            StateBlock.FLOAT_CONTROL_BY_FCSR,
            StateBlock.FLAGS_BY_EXCEPTIONS);
    int supervisor = StateBlock.SUPERVISOR_TRAP;
    return new StateLayout(StateBlock.LOWEST, StateBlock.BYTES, places)
        .writable(StateBlock.x(1), Long.BYTES * (REGISTERS - 1))
        .writable(StateBlock.f(0), Long.BYTES * REGISTERS)
        .writable(supervisor + TrapRegisters.SCRATCH, Long.BYTES)
        .writable(supervisor + TrapRegisters.EPC, Long.BYTES)
        .writable(supervisor + TrapRegisters.CAUSE, Long.BYTES)
        .writable(supervisor + TrapRegisters.TVAL, Long.BYTES)
        .writable(StateBlock.OLD_CSR, Long.BYTES)
        .writable(StateBlock.RESERVATION, Long.BYTES)
        .writable(StateBlock.RESERVED_VALUE, Long.BYTES)
        .readable(StateBlock.PAGE_VA, Long.BYTES)
        .readable(StateBlock.STATUS, Long.BYTES)
        .readable(StateBlock.PRIVILEGE, Integer.BYTES)
        .readable(StateBlock.FLOAT_READY, Integer.BYTES)
        .readable(StateBlock.ROUNDING, Integer.BYTES)
        .readable(StateBlock.FLOAT_CONTROL, Integer.BYTES)
        .readable(StateBlock.ZERO_READY, Integer.BYTES)
        .readable(StateBlock.REQUESTS, Integer.BYTES);
  }
}

package atoll.engine.hart;

import atoll.engine.Tracer;
import atoll.isa.Cause;
import atoll.state.Unsaved;

/** Shows a tracer what a hart does: instructions, and the traps that they or interrupts cause. */
@Unsaved("for whoever watches")
final class TraceUnit {
  private final SoftHart hart;
  private final Tracer tracer;

  // The instruction that is executed now, or waits for a device.
  private long pc;
  private int bits;
  private long[] before;
  private long[] floatBefore;
  private boolean executes;
  private boolean waits;

  /** The trap that it has taken, if any. */
  private Tracer.Trap trap;

  TraceUnit(SoftHart hart, Tracer tracer) {
    this.hart = hart;
    this.tracer = tracer;
  }

  /** An instruction begins. */
  void begin() {
    pc = hart.pc;
    bits = hart.memory.peekInstruction(pc);
    before = hart.x.clone();
    floatBefore = hart.f.clone();
    executes = true;
  }

  /** It has been executed, or begins again later, or waits for a device. */
  void end() {
    executes = false;
    waits = hart.outcome == Outcome.MMIO;
    if (!waits && hart.outcome != Outcome.TLB_MISS && hart.outcome != Outcome.BREAK) {
      show();
    }
  }

  /** The event that it waited for has come. */
  void served() {
    if (waits) {
      waits = false;
      show();
    }
  }

  private void show() {
    if (trap == null || !fetchFault(trap)) {
      tracer.executed(hart, pc, bits, before, floatBefore);
    }
    if (trap != null) {
      tracer.trapped(hart, trap);
      trap = null;
    }
  }

  /** Whether there was no instruction. */
  private static boolean fetchFault(Tracer.Trap trap) {
    return trap.cause() == Cause.INSTRUCTION_ACCESS_FAULT
        || trap.cause() == Cause.INSTRUCTION_PAGE_FAULT
        || trap.cause() == Cause.INSTRUCTION_GUEST_PAGE_FAULT;
  }

  /** A trap is taken. */
  void trapped(Tracer.Trap taken) {
    if (executes) {
      trap = taken;
    } else {
      tracer.trapped(hart, taken);
    }
  }
}

package atoll.engine.interp;

import atoll.engine.Privilege;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.Csr;
import atoll.engine.hart.Hstatus;
import atoll.engine.hart.SoftHart;
import atoll.engine.mmu.Envcfg;
import atoll.engine.mmu.Mstatus;
import atoll.isa.Cause;
import atoll.isa.Op;
import java.lang.invoke.VarHandle;

/** Fences, calls, returns, waits, cache-block and may-be operations. */
final class SystemUnit {
  private static final int BLOCK = 64;

  private final SoftHart hart;

  SystemUnit(SoftHart hart) {
    this.hart = hart;
  }

  int execute(long packed, long pc) {
    long next = pc + Predecoder.bytes(packed);
    return switch (Predecoder.op(packed)) {
      case Op.FENCE -> fence();
      case Op.FENCE_I -> fenceInstruction(next);
      case Op.ECALL -> environmentCall(next);
      case Op.EBREAK -> breakpoint(pc);
      case Op.MRET -> machineReturn();
      case Op.SRET -> supervisorReturn();
      case Op.WFI -> waitForInterrupt(next);
      case Op.SFENCE_VMA, Op.SINVAL_VMA -> fenceAddress(packed, next);
      case Op.SFENCE_W_INVAL, Op.SFENCE_INVAL_IR ->
          hart.privilege == Privilege.USER ? refuseUser() : ColdUnit.NEXT;
      case Op.PAUSE, Op.WRS_STO -> pause();
      case Op.WRS_NTO -> waitForReservation();
      case Op.CBO_INVAL -> manageBlock(packed, Envcfg.CBIE);
      case Op.CBO_CLEAN, Op.CBO_FLUSH -> manageBlock(packed, Envcfg.CBCFE);
      case Op.CBO_ZERO -> zeroBlock(packed);
      case Op.PREFETCH_I, Op.PREFETCH_R, Op.PREFETCH_W -> ColdUnit.NEXT;
      default -> mayBe(packed);
    };
  }

  private static int fence() {
    VarHandle.fullFence();
    return ColdUnit.NEXT;
  }

  /** Stores keep decoded code coherent by themselves; only order is left to make. */
  private int fenceInstruction(long next) {
    VarHandle.fullFence();
    hart.pc = next;
    return ColdUnit.REDIRECT;
  }

  private int environmentCall(long next) {
    hart.environmentCall(next);
    return hart.event == SoftHart.HYPERCALL ? ColdUnit.LEAVE : ColdUnit.EVENT;
  }

  private int breakpoint(long pc) {
    hart.raiseException(Cause.BREAKPOINT, pc);
    return ColdUnit.EVENT;
  }

  private int machineReturn() {
    if (hart.privilege != Privilege.MACHINE) {
      return ColdUnit.illegal(hart);
    }
    hart.returnFromMachine();
    return redirect();
  }

  private int supervisorReturn() {
    int outcome = supervisorOnly(Mstatus.TSR, Hstatus.VTSR);
    if (outcome != Csr.ALLOWED) {
      return ColdUnit.refuse(hart, outcome);
    }
    hart.returnFromSupervisor();
    return redirect();
  }

  private int redirect() {
    return hart.interruptReady() ? ColdUnit.LEAVE : ColdUnit.REDIRECT;
  }

  /**
   * Whether what only S mode may do is allowed: in S unless {@code bit} of {@code mstatus} is set,
   * in VS unless {@code guestBit} of {@code hstatus} is.
   */
  private int supervisorOnly(long bit, long guestBit) {
    if (hart.virtual) {
      boolean allowed =
          hart.privilege == Privilege.SUPERVISOR && (hart.hypervisor.hstatus & guestBit) == 0;
      return allowed ? Csr.ALLOWED : Csr.VIRTUAL;
    }
    boolean trapped =
        hart.privilege == Privilege.USER
            || (hart.privilege == Privilege.SUPERVISOR && (hart.mstatus & bit) != 0);
    return trapped ? Csr.ILLEGAL : Csr.ALLOWED;
  }

  private int refuseUser() {
    return ColdUnit.refuse(hart, hart.virtual ? Csr.VIRTUAL : Csr.ILLEGAL);
  }

  /**
   * Whether waiting is allowed. TW traps below M at once, which the specification allows (priv
   * §3.1.6.5), and VTW does in VS.
   *
   * @param user whether U mode may wait
   */
  private int mayWait(boolean user) {
    if (hart.privilege == Privilege.MACHINE) {
      return Csr.ALLOWED;
    }
    if ((hart.mstatus & Mstatus.TW) != 0) {
      return Csr.ILLEGAL;
    }
    if (hart.privilege == Privilege.USER && !user) {
      return hart.virtual ? Csr.VIRTUAL : Csr.ILLEGAL;
    }
    boolean trapped = hart.virtual && (hart.hypervisor.hstatus & Hstatus.VTW) != 0;
    return trapped ? Csr.VIRTUAL : Csr.ALLOWED;
  }

  private int waitForInterrupt(long next) {
    int outcome = mayWait(false);
    if (outcome != Csr.ALLOWED) {
      return ColdUnit.refuse(hart, outcome);
    }
    hart.pc = next;
    hart.waitForInterrupt();
    return ColdUnit.LEAVE;
  }

  private int fenceAddress(long packed, long next) {
    int outcome = supervisorOnly(Mstatus.TVM, Hstatus.VTVM);
    if (outcome != Csr.ALLOWED) {
      return ColdUnit.refuse(hart, outcome);
    }
    int address = Predecoder.rs1(packed);
    int space = Predecoder.rs2(packed);
    int asid = space == 0 ? -1 : (int) hart.x[space] & 0xffff;
    if (hart.virtual) {
      hart.mmu.fenceGuest(address == 0, hart.x[address], asid);
    } else {
      hart.mmu.fence(address == 0, hart.x[address], asid);
    }
    hart.pc = next;
    return ColdUnit.REDIRECT;
  }

  /**
   * The guest waits for another hart, which may be waiting for this processor: a board may have
   * more harts than its host has processors. If no other thread wants it, this costs a fraction of
   * a microsecond.
   */
  @SuppressWarnings("ThreadPriorityCheck") // a hint is all that is wanted
  private static int pause() {
    Thread.yield();
    return ColdUnit.NEXT;
  }

  /** The wait may end at any time, so it is a pause; TW and VTW may trap it, and do (Zawrs). */
  private int waitForReservation() {
    int outcome = mayWait(true);
    return outcome == Csr.ALLOWED ? pause() : ColdUnit.refuse(hart, outcome);
  }

  /** Memory is coherent: there is nothing to clean or invalidate, only rights to check. */
  private int manageBlock(long packed, long field) {
    int outcome = hart.enabled(field);
    if (outcome != Csr.ALLOWED) {
      return ColdUnit.refuse(hart, outcome);
    }
    boolean allowed = hart.memory.mayManage(hart.x[Predecoder.rs1(packed)], BLOCK);
    return allowed ? ColdUnit.NEXT : ColdUnit.EVENT;
  }

  private int zeroBlock(long packed) {
    int outcome = hart.enabled(Envcfg.CBZE);
    if (outcome != Csr.ALLOWED) {
      return ColdUnit.refuse(hart, outcome);
    }
    hart.memory.zeroBlock(hart.x[Predecoder.rs1(packed)], BLOCK);
    return hart.event == SoftHart.NONE ? ColdUnit.NEXT : ColdUnit.EVENT;
  }

  /** Zimop: reads as zero until an extension says otherwise. */
  private int mayBe(long packed) {
    hart.x[Predecoder.rd(packed)] = 0;
    return ColdUnit.NEXT;
  }
}

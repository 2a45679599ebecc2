package atoll.engine.interp;

import atoll.engine.Privilege;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.Hstatus;
import atoll.engine.hart.Outcome;
import atoll.engine.hart.Permission;
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

  /** Looks that an instruction counts for which would wait, and not only say so. */
  private static final int WAIT = 4;

  SystemUnit(SoftHart hart) {
    this.hart = hart;
  }

  /**
   * @param left the slice's remaining instructions, this one included
   */
  int execute(long packed, long pc, int left) {
    long next = pc + Predecoder.bytes(packed);
    return switch (Predecoder.op(packed)) {
      case Op.FENCE -> fence();
      case Op.FENCE_I -> fenceInstruction(next);
      case Op.ECALL -> hart.trapUnit.environmentCall(next);
      case Op.EBREAK -> breakpoint(pc);
      case Op.MRET -> machineReturn();
      case Op.SRET -> supervisorReturn();
      case Op.WFI -> waitForInterrupt(next, left);
      case Op.SFENCE_VMA, Op.SINVAL_VMA -> fenceAddress(packed, next);
      case Op.SFENCE_W_INVAL, Op.SFENCE_INVAL_IR ->
          hart.privilege == Privilege.USER ? refuseUser() : Outcome.NEXT;
      case Op.PAUSE -> look(next, left, 1);
      case Op.WRS_STO -> look(next, left, WAIT);
      case Op.WRS_NTO -> waitForReservation(next, left);
      case Op.CBO_INVAL -> manageBlock(packed, Envcfg.CBIE);
      case Op.CBO_CLEAN, Op.CBO_FLUSH -> manageBlock(packed, Envcfg.CBCFE);
      case Op.CBO_ZERO -> zeroBlock(packed);
      case Op.PREFETCH_I, Op.PREFETCH_R, Op.PREFETCH_W -> Outcome.NEXT;
      default -> mayBe(packed);
    };
  }

  private static int fence() {
    VarHandle.fullFence();
    return Outcome.NEXT;
  }

  /** Stores keep decoded code coherent by themselves; only order is left to make. */
  private int fenceInstruction(long next) {
    VarHandle.fullFence();
    hart.pc = next;
    return Outcome.REDIRECT;
  }

  private int breakpoint(long pc) {
    hart.raiseException(Cause.BREAKPOINT, pc);
    return hart.outcome;
  }

  private int machineReturn() {
    if (hart.privilege != Privilege.MACHINE) {
      return ColdUnit.illegal(hart);
    }
    hart.trapUnit.returnFromMachine();
    return redirect();
  }

  private int supervisorReturn() {
    Permission permission = supervisorOnly(Mstatus.TSR, Hstatus.VTSR);
    if (permission != Permission.ALLOWED) {
      return ColdUnit.refuse(hart, permission);
    }
    hart.trapUnit.returnFromSupervisor();
    return redirect();
  }

  private int redirect() {
    return hart.trapUnit.interruptReady() ? Outcome.LEAVE : Outcome.REDIRECT;
  }

  /**
   * Whether what only S mode may do is allowed: in S unless {@code bit} of {@code mstatus} is set,
   * in VS unless {@code guestBit} of {@code hstatus} is.
   */
  private Permission supervisorOnly(long bit, long guestBit) {
    if (hart.virtual) {
      boolean allowed =
          hart.privilege == Privilege.SUPERVISOR && (hart.hypervisor.hstatus & guestBit) == 0;
      return allowed ? Permission.ALLOWED : Permission.VIRTUAL;
    }
    boolean trapped =
        hart.privilege == Privilege.USER
            || (hart.privilege == Privilege.SUPERVISOR && (hart.mstatus & bit) != 0);
    return trapped ? Permission.ILLEGAL : Permission.ALLOWED;
  }

  private int refuseUser() {
    return ColdUnit.refuse(hart, hart.virtual ? Permission.VIRTUAL : Permission.ILLEGAL);
  }

  /**
   * Whether waiting is allowed. TW traps below M at once, which the specification allows (priv
   * §3.1.6.5), and VTW does in VS.
   *
   * @param user whether U mode may wait
   */
  private Permission mayWait(boolean user) {
    if (hart.privilege == Privilege.MACHINE) {
      return Permission.ALLOWED;
    }
    if ((hart.mstatus & Mstatus.TW) != 0) {
      return Permission.ILLEGAL;
    }
    if (hart.privilege == Privilege.USER && !user) {
      return hart.virtual ? Permission.VIRTUAL : Permission.ILLEGAL;
    }
    boolean trapped = hart.virtual && (hart.hypervisor.hstatus & Hstatus.VTW) != 0;
    return trapped ? Permission.VIRTUAL : Permission.ALLOWED;
  }

  /**
   * Waits only if nothing is pending (priv §3.3.3). Firmware parks harts in loops of this with an
   * interrupt left pending, which must not starve the others.
   */
  private int waitForInterrupt(long next, int left) {
    Permission permission = mayWait(false);
    if (permission != Permission.ALLOWED) {
      return ColdUnit.refuse(hart, permission);
    }
    hart.pc = next;
    if ((hart.interrupts.pending() & hart.mie) == 0) {
      hart.outcome = Outcome.HALT;
      return Outcome.HALT;
    }
    int looked = look(next, left, WAIT);
    return looked == Outcome.NEXT ? Outcome.LEAVE : looked;
  }

  private int fenceAddress(long packed, long next) {
    Permission permission = supervisorOnly(Mstatus.TVM, Hstatus.VTVM);
    if (permission != Permission.ALLOWED) {
      return ColdUnit.refuse(hart, permission);
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
    return Outcome.REDIRECT;
  }

  /**
   * The guest waits for another hart, and says so.
   *
   * @param looks for how many this counts
   */
  private int look(long next, int left, int looks) {
    if (!hart.spin.looked(hart.loop.number(left), looks)) {
      return Outcome.NEXT;
    }
    hart.pc = next;
    hart.outcome = Outcome.YIELD;
    return Outcome.YIELD;
  }

  /** The wait may end at any time, so it is a look; TW and VTW may trap it, and do (Zawrs). */
  private int waitForReservation(long next, int left) {
    Permission permission = mayWait(true);
    return permission == Permission.ALLOWED
        ? look(next, left, WAIT)
        : ColdUnit.refuse(hart, permission);
  }

  /** Memory is coherent: there is nothing to clean or invalidate, only rights to check. */
  private int manageBlock(long packed, long field) {
    Permission permission = hart.environment.allows(field);
    if (permission != Permission.ALLOWED) {
      return ColdUnit.refuse(hart, permission);
    }
    boolean allowed = hart.memory.mayManage(hart.x[Predecoder.rs1(packed)], BLOCK);
    return allowed ? Outcome.NEXT : hart.outcome;
  }

  private int zeroBlock(long packed) {
    Permission permission = hart.environment.allows(Envcfg.CBZE);
    if (permission != Permission.ALLOWED) {
      return ColdUnit.refuse(hart, permission);
    }
    hart.memory.zeroBlock(hart.x[Predecoder.rs1(packed)], BLOCK);
    return hart.outcome;
  }

  /** Zimop: reads as zero until an extension says otherwise. */
  private int mayBe(long packed) {
    hart.x[Predecoder.rd(packed)] = 0;
    return Outcome.NEXT;
  }
}

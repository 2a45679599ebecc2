package atoll.engine.interp;

import atoll.engine.Privilege;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.Hstatus;
import atoll.engine.hart.LoadStoreUnit;
import atoll.engine.hart.Outcome;
import atoll.engine.hart.Permission;
import atoll.engine.hart.SoftHart;
import atoll.engine.mmu.Mstatus;
import atoll.isa.Op;

/** The hypervisor's own instructions: a guest's memory, and fences for its tables (priv §18.3). */
final class HypervisorUnit {
  private static final int ASID = 0xffff;
  private static final int VMID = 0x3fff;

  private final SoftHart hart;

  HypervisorUnit(SoftHart hart) {
    this.hart = hart;
  }

  int execute(long packed, long pc) {
    return switch (Predecoder.op(packed)) {
      case Op.HFENCE_VVMA, Op.HINVAL_VVMA -> fence(packed, pc);
      case Op.HFENCE_GVMA, Op.HINVAL_GVMA -> fenceSecondStage(packed, pc);
      default -> access(packed);
    };
  }

  private int fence(long packed, long pc) {
    Permission permission = mode(false);
    if (permission != Permission.ALLOWED) {
      return ColdUnit.refuse(hart, permission);
    }
    int address = Predecoder.rs1(packed);
    int space = Predecoder.rs2(packed);
    int asid = space == 0 ? -1 : (int) hart.x[space] & ASID;
    hart.mmu.fenceGuest(address == 0, hart.x[address], asid);
    return next(packed, pc);
  }

  private int fenceSecondStage(long packed, long pc) {
    Permission permission = mode(false);
    boolean trapped = hart.privilege == Privilege.SUPERVISOR && (hart.mstatus & Mstatus.TVM) != 0;
    if (permission == Permission.ALLOWED && trapped) {
      permission = Permission.ILLEGAL;
    }
    if (permission != Permission.ALLOWED) {
      return ColdUnit.refuse(hart, permission);
    }
    int guest = Predecoder.rs2(packed);
    hart.mmu.fenceSecondStage(guest == 0 ? -1 : (int) hart.x[guest] & VMID);
    return next(packed, pc);
  }

  private int next(long packed, long pc) {
    hart.pc = pc + Predecoder.bytes(packed);
    return Outcome.REDIRECT;
  }

  /** Whether the mode may execute a hypervisor's instruction; U may if {@code user}. */
  private Permission mode(boolean user) {
    if (hart.virtual) {
      return Permission.VIRTUAL;
    }
    return hart.privilege == Privilege.USER && !user ? Permission.ILLEGAL : Permission.ALLOWED;
  }

  private int access(long packed) {
    long status = hart.hypervisor.hstatus;
    Permission permission = mode((status & Hstatus.HU) != 0);
    if (permission != Permission.ALLOWED) {
      return ColdUnit.refuse(hart, permission);
    }
    boolean supervisor = (status & Hstatus.SPVP) != 0;
    hart.mmu.accessAsGuest(supervisor ? Privilege.SUPERVISOR : Privilege.USER);
    transfer(packed, hart.x[Predecoder.rs1(packed)]);
    hart.updateTranslation();
    return hart.outcome;
  }

  private void transfer(long packed, long va) {
    LoadStoreUnit memory = hart.memory;
    long stored = hart.x[Predecoder.rs2(packed)];
    switch (Predecoder.op(packed)) {
      case Op.HLV_B, Op.HLV_BU -> deliver(packed, memory.load(va, 1));
      case Op.HLV_H, Op.HLV_HU -> deliver(packed, memory.load(va, 2));
      case Op.HLV_W, Op.HLV_WU -> deliver(packed, memory.load(va, 4));
      case Op.HLV_D -> deliver(packed, memory.load(va, 8));
      case Op.HLVX_HU -> deliver(packed, memory.loadCode(va, 2));
      case Op.HLVX_WU -> deliver(packed, memory.loadCode(va, 4));
      case Op.HSV_B -> memory.store(va, 1, stored);
      case Op.HSV_H -> memory.store(va, 2, stored);
      case Op.HSV_W -> memory.store(va, 4, stored);
      case Op.HSV_D -> memory.store(va, 8, stored);
      default -> hart.raiseIllegal();
    }
  }

  private void deliver(long packed, long value) {
    if (hart.outcome == Outcome.NEXT) {
      LoadStoreUnit.deliver(hart, packed, value);
    }
  }
}

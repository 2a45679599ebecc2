package atoll.engine.interp;

import atoll.engine.decode.Predecoder;
import atoll.engine.hart.Csr;
import atoll.engine.hart.Outcome;
import atoll.engine.hart.Permission;
import atoll.engine.hart.SoftHart;
import atoll.isa.Op;

/** The six CSR instructions (unpriv §6.1). */
final class CsrUnit {
  private final SoftHart hart;

  CsrUnit(SoftHart hart) {
    this.hart = hart;
  }

  int execute(long packed, long pc, int left) {
    int op = Predecoder.op(packed);
    int source = Predecoder.rs1(packed);
    long operand = op >= Op.CSRRWI ? source : hart.x[source];
    return switch (op) {
      case Op.CSRRW, Op.CSRRWI ->
          access(packed, pc, left, Predecoder.rd(packed) != Predecoder.SINK, true, operand, -1);
      case Op.CSRRS, Op.CSRRSI -> access(packed, pc, left, true, source != 0, operand, operand);
      default -> access(packed, pc, left, true, source != 0, 0, operand);
    };
  }

  /** Reads the CSR and replaces its bits under {@code touched}, or does one of the two only. */
  private int access(
      long packed, long pc, int left, boolean read, boolean write, long bits, long touched) {
    Csr csr = hart.csrs.find(Predecoder.word(packed) >>> 20);
    Permission permission = csr == null ? Permission.ILLEGAL : csr.access(hart, write);
    if (permission != Permission.ALLOWED) {
      return ColdUnit.refuse(hart, permission);
    }
    hart.loop.countTo(left);
    long old = read ? csr.read() : 0;
    if (write) {
      hart.loop.countTo(
          left - 1); // the instruction that writes a counter counts before it (§3.1.10)
      csr.modify(old & ~touched | bits, touched);
      if (hart.outcome != Outcome.NEXT) { // refused for its value
        return hart.outcome;
      }
    }
    hart.x[Predecoder.rd(packed)] = old;
    if (!write || !csr.changesContext()) {
      return Outcome.NEXT;
    }
    hart.pc = pc + Predecoder.bytes(packed);
    return hart.trapUnit.interruptReady() ? Outcome.LEAVE : Outcome.REDIRECT;
  }
}

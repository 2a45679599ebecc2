package atoll.engine.interp;

import atoll.engine.decode.Predecoder;
import atoll.engine.hart.Csr;
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
    int outcome = csr == null ? Csr.ILLEGAL : csr.access(hart, write);
    if (outcome != Csr.ALLOWED) {
      return ColdUnit.refuse(hart, outcome);
    }
    hart.countTo(left);
    long old = read ? csr.read() : 0;
    if (write) {
      hart.countTo(left - 1); // the instruction that writes a counter counts before it (§3.1.10)
      csr.modify(old & ~touched | bits, touched);
      if (hart.event != SoftHart.NONE) { // refused for its value
        return ColdUnit.EVENT;
      }
    }
    hart.x[Predecoder.rd(packed)] = old;
    if (!write || !csr.changesContext()) {
      return ColdUnit.NEXT;
    }
    hart.pc = pc + Predecoder.bytes(packed);
    return hart.interruptReady() ? ColdUnit.LEAVE : ColdUnit.REDIRECT;
  }
}

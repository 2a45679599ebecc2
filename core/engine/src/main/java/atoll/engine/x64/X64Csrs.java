package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.Privilege;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.StateBlock;
import atoll.engine.hart.TrapRegisters;
import atoll.engine.mmu.Mstatus;
import atoll.isa.CsrNumber;
import atoll.isa.Op;

/** CSR instructions: those of S mode that kernels use at every trap, and {@code fcsr}, in place. */
final class X64Csrs extends X64Unit {
  private final Trampolines trampolines;
  private final X64Floats floats;
  private final X64FloatUnit.Check floatCheck;

  X64Csrs(
      X64Assembler assembler,
      X64Registers registers,
      X64Exits exits,
      Trampolines trampolines,
      X64Floats floats,
      X64FloatUnit.Check floatCheck) {
    super(assembler, registers, exits);
    this.trampolines = trampolines;
    this.floats = floats;
    this.floatCheck = floatCheck;
  }

  /** Emits a CSR instruction: in place for those that programs and kernels use all the time. */
  void instruction(long packed, int parcel, int count) {
    int number = Predecoder.word(packed) >>> 20;
    boolean writes =
        switch (Predecoder.op(packed)) {
          case Op.CSRRW, Op.CSRRWI -> true;
          default -> Predecoder.rs1(packed) != 0;
        };
    switch (number) {
      case CsrNumber.SSCRATCH -> plainCsr(TrapRegisters.SCRATCH, packed, parcel, count, writes);
      case CsrNumber.SCAUSE -> plainCsr(TrapRegisters.CAUSE, packed, parcel, count, writes);
      case CsrNumber.STVAL -> plainCsr(TrapRegisters.TVAL, packed, parcel, count, writes);
      case CsrNumber.SEPC -> plainCsr(TrapRegisters.EPC, packed, parcel, count, writes);
      case CsrNumber.SSTATUS -> status(packed, parcel, count, writes);
      case CsrNumber.FFLAGS, CsrNumber.FRM, CsrNumber.FCSR ->
          floatCsr(number, packed, parcel, count, writes);
      default -> exits.slow(parcel, count);
    }
  }

  /** RCX = the new value of a CSR whose old one is in RAX. */
  private void newValue(long packed) {
    int rs1 = Predecoder.rs1(packed);
    switch (Predecoder.op(packed)) {
      case Op.CSRRW -> readInto(RCX, rs1);
      case Op.CSRRWI -> a.constant(RCX, rs1);
      case Op.CSRRS -> {
        readInto(RCX, rs1);
        a.alu(OR, true, RCX, RAX);
      }
      case Op.CSRRSI -> {
        a.mov(RCX, RAX);
        a.aluImmediate(OR, true, RCX, rs1);
      }
      case Op.CSRRC -> {
        readInto(RCX, rs1);
        a.unary(NOT, true, RCX);
        a.alu(AND, true, RCX, RAX);
      }
      default -> {
        a.mov(RCX, RAX);
        a.aluImmediate(AND, true, RCX, ~rs1);
      }
    }
  }

  private void plainCsr(int register, long packed, int parcel, int count, boolean writes) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    long m = state(StateBlock.SUPERVISOR_TRAP + register);
    a.aluImmediate(CMP, false, state(StateBlock.PRIVILEGE), Privilege.SUPERVISOR);
    a.jump(LESS, miss);
    a.load(true, RAX, m);
    if (writes) {
      newValue(packed);
      if (register == TrapRegisters.EPC) {
        a.aluImmediate(AND, true, RCX, -2);
      }
      a.store(true, m, RCX);
    }
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
  }

  private void status(long packed, int parcel, int count, boolean writes) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    int rd = Predecoder.rd(packed);
    a.aluImmediate(CMP, false, state(StateBlock.PRIVILEGE), Privilege.SUPERVISOR);
    a.jump(LESS, miss);
    visibleStatus();
    if (writes) {
      if (rd != Predecoder.SINK) {
        a.store(true, state(StateBlock.OLD_CSR), RAX);
      }
      newValue(packed);
      a.mov(RAX, RCX);
      callStatus(Predecoder.op(packed));
      a.jump(BELOW, miss);
      if (rd != Predecoder.SINK) {
        a.load(true, RAX, state(StateBlock.OLD_CSR));
      }
    }
    write(rd, RAX);
    a.bind(resume);
  }

  /** An immediate has five bits: those of SUM and FS are not among them. */
  private void callStatus(int op) {
    if (op == Op.CSRRSI || op == Op.CSRRCI) {
      a.callTo(trampolines.writeEnable);
    } else {
      a.callTo(trampolines.writeStatus);
      floatCheck.again();
    }
  }

  /** {@code fcsr} or one of its two fields: where MXCSR cannot round so, Java writes it. */
  private void floatCsr(int number, long packed, int parcel, int count, boolean writes) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    int rd = Predecoder.rd(packed);
    floats.guard(miss);
    readFloatCsr(number);
    if (writes) {
      if (rd != Predecoder.SINK) {
        a.store(true, state(StateBlock.OLD_CSR), RAX);
      }
      newValue(packed);
      composeFloatCsr(number);
      a.aluImmediate(AND, false, RCX, StateBlock.FCSR_MASK);
      a.load(false, RAX, at(RBP, RCX, 2, StateBlock.FLOAT_CONTROL_BY_FCSR));
      a.test(false, RAX, RAX);
      a.jump(EQUAL, miss);
      a.store(false, state(StateBlock.FLOAT_CONTROL), RAX);
      a.ldmxcsr(state(StateBlock.FLOAT_CONTROL));
      a.shift(SHR, false, RCX, StateBlock.FCSR_ROUNDING_SHIFT);
      a.store(false, state(StateBlock.ROUNDING), RCX);
      if (rd != Predecoder.SINK) {
        a.load(true, RAX, state(StateBlock.OLD_CSR));
      }
    }
    write(rd, RAX);
    a.bind(resume);
  }

  /** RAX = the register or field; uses RDX. */
  private void readFloatCsr(int number) {
    if (number == CsrNumber.FRM) {
      a.load(false, RAX, state(StateBlock.ROUNDING));
      return;
    }
    a.stmxcsr(state(StateBlock.FLOAT_CONTROL));
    a.load(false, RAX, state(StateBlock.FLOAT_CONTROL));
    a.aluImmediate(AND, false, RAX, X64FloatControl.EXCEPTIONS);
    a.extend(MOVZX_BYTE, RAX, at(RBP, RAX, 0, StateBlock.FLAGS_BY_EXCEPTIONS));
    if (number == CsrNumber.FCSR) {
      a.load(false, RDX, state(StateBlock.ROUNDING));
      a.shift(SHL, false, RDX, StateBlock.FCSR_ROUNDING_SHIFT);
      a.alu(OR, false, RAX, RDX);
    }
  }

  /** RCX, of which the lowest byte counts: {@code fcsr} once that is written to it or its field. */
  private void composeFloatCsr(int number) {
    switch (number) {
      case CsrNumber.FFLAGS -> {
        a.aluImmediate(AND, false, RCX, 0x1f);
        a.load(false, RAX, state(StateBlock.ROUNDING));
        a.shift(SHL, false, RAX, StateBlock.FCSR_ROUNDING_SHIFT);
        a.alu(OR, false, RCX, RAX);
      }
      case CsrNumber.FRM -> {
        readFloatCsr(CsrNumber.FFLAGS);
        a.aluImmediate(AND, false, RCX, 7);
        a.shift(SHL, false, RCX, StateBlock.FCSR_ROUNDING_SHIFT);
        a.alu(OR, false, RCX, RAX);
      }
      default -> {}
    }
  }

  /** RAX = {@code sstatus}; SD follows from FS. */
  private void visibleStatus() {
    int clean = a.label();
    a.load(true, RAX, state(StateBlock.STATUS));
    a.constant(RCX, Mstatus.S_VISIBLE & ~Mstatus.SD);
    a.alu(AND, true, RAX, RCX);
    a.mov32(RCX, RAX);
    a.aluImmediate(AND, false, RCX, (int) Mstatus.FS);
    a.aluImmediate(CMP, false, RCX, (int) Mstatus.FS_DIRTY);
    a.jump(NOT_EQUAL, clean);
    a.constant(RCX, Mstatus.SD);
    a.alu(OR, true, RAX, RCX);
    a.bind(clean);
  }
}

package atoll.engine;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.isa.CsrNumber;
import atoll.isa.Op;

/** CSR instructions: those of S mode that kernels use at every trap in place. */
final class X64Csrs extends X64Unit {
  private final Trampolines trampolines;
  private final X64Floats floats;

  X64Csrs(
      X64Assembler assembler,
      X64Registers registers,
      X64Exits exits,
      Trampolines trampolines,
      X64Floats floats) {
    super(assembler, registers, exits);
    this.trampolines = trampolines;
    this.floats = floats;
  }

  /** Emits a CSR instruction: in place for those of S mode that kernels use at every trap. */
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
      if (rd != Hart.SINK) {
        a.store(true, state(StateBlock.OLD_STATUS), RAX);
      }
      newValue(packed);
      a.mov(RAX, RCX);
      a.callTo(trampolines.writeStatus);
      a.jump(BELOW, miss);
      floats.checkAgain();
      if (rd != Hart.SINK) {
        a.load(true, RAX, state(StateBlock.OLD_STATUS));
      }
    }
    write(rd, RAX);
    a.bind(resume);
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

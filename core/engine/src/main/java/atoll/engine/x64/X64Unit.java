package atoll.engine.x64;

import atoll.emit.X64Assembler;

/** What the lowering of each group of instructions needs: the assembler, registers and exits. */
abstract class X64Unit {
  static final int PAGE = 4096;

  // Scratch registers for SSE.
  static final int XMM0 = 0;
  static final int XMM1 = 1;
  static final int XMM2 = 2;

  static final int XORPS = 0x57;

  final X64Assembler a;
  final X64Registers registers;
  final X64Exits exits;

  X64Unit(X64Assembler assembler, X64Registers registers, X64Exits exits) {
    a = assembler;
    this.registers = registers;
    this.exits = exits;
  }

  final int read(int r, int scratch) {
    return registers.read(r, scratch);
  }

  final void readInto(int to, int r) {
    registers.readInto(to, r);
  }

  final int target(int rd, int scratch) {
    return registers.target(rd, scratch);
  }

  final void write(int rd, int from) {
    registers.write(rd, from);
  }

  final void writeConstant(int rd, long value) {
    registers.writeConstant(rd, value);
  }

  final void operand(int op, boolean wide, int to, int r) {
    registers.operand(op, wide, to, r);
  }

  /** The host register of a guest register, or -1. */
  final int place(int r) {
    return registers.map[r];
  }

  final void address(int rs1, int imm) {
    registers.address(rs1, imm);
  }

  final void extendWord(boolean wide, int r) {
    registers.extendWord(wide, r);
  }

  final int slowExit(int parcel, int count, int resume) {
    return exits.slowExit(parcel, count, resume);
  }
}

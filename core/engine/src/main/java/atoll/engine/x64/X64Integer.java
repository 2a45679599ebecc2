package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.StateBlock;
import atoll.isa.Op;

/** Integer arithmetic: I, M, Zba, Zbb, Zbs, Zicond. */
final class X64Integer extends X64Unit {
  X64Integer(X64Assembler assembler, X64Registers registers, X64Exits exits) {
    super(assembler, registers, exits);
  }

  void addImmediate(int rd, int rs1, int imm) {
    if (rd == Predecoder.SINK) {
      return;
    }
    if (rs1 == 0) {
      writeConstant(rd, imm);
      return;
    }
    int d = target(rd, RAX);
    if (d == place(rs1) || (rd == rs1 && place(rd) < 0)) {
      if (imm != 0) {
        if (place(rd) < 0) {
          a.aluImmediate(ADD, true, state(StateBlock.x(rd)), imm);
        } else {
          a.aluImmediate(ADD, true, d, imm);
        }
      }
      return;
    }
    int s = read(rs1, RAX);
    if (imm == 0) {
      write(rd, s);
      return;
    }
    a.lea(true, d, at(s, imm));
    write(rd, d);
  }

  void logicImmediate(int op, int rd, int rs1, int imm) {
    int d = target(rd, RAX);
    readInto(d, rs1);
    a.aluImmediate(op, true, d, imm);
    write(rd, d);
  }

  void compareImmediate(int condition, int rd, int rs1, int imm) {
    int s = read(rs1, RCX);
    a.aluImmediate(CMP, true, s, imm);
    conditionInto(condition, rd);
  }

  private void conditionInto(int condition, int rd) {
    a.setcc(condition, RAX);
    int d = target(rd, RAX);
    a.extend(MOVZX_BYTE, d, RAX);
    write(rd, d);
  }

  void shiftImmediate(int op, int rd, int rs1, int imm) {
    int d = target(rd, RAX);
    readInto(d, rs1);
    if (imm != 0) {
      a.shift(op, true, d, imm);
    }
    write(rd, d);
  }

  void addWordImmediate(int rd, int rs1, int imm) {
    int d = target(rd, RAX);
    int s = read(rs1, RAX);
    if (imm == 0 && narrow) {
      write(rd, s);
      return;
    }
    if (imm == 0) {
      a.movsxd(d, s);
    } else if (narrow) {
      a.lea(false, d, at(s, imm));
    } else {
      a.lea(false, RAX, at(s, imm));
      a.movsxd(d, RAX);
    }
    write(rd, d);
  }

  void shiftWordImmediate(int op, int rd, int rs1, int imm) {
    int d = target(rd, RAX);
    boolean positive = op == SHR && imm != 0;
    int to = narrow || positive ? d : RAX;
    int s = read(rs1, to);
    if (to != s || imm == 0) {
      a.mov32(to, s);
    }
    if (imm != 0) {
      a.shift(op, false, to, imm);
    }
    if (positive) {
      write(rd, to);
    } else {
      writeWord(rd, to);
    }
  }

  /** Whether the upper half of the result of the instruction in hand is not used. */
  private boolean narrow;

  public void narrow(boolean yes) {
    narrow = yes;
  }

  /** Ends an operation whose 32-bit result is in {@code from}. */
  private void writeWord(int rd, int from) {
    if (narrow) {
      write(rd, from);
      return;
    }
    int d = target(rd, RAX);
    a.movsxd(d, from);
    write(rd, d);
  }

  void add(int rd, int rs1, int rs2) {
    if (rs1 == 0 || rs2 == 0) {
      addImmediate(rd, rs1 == 0 ? rs2 : rs1, 0);
      return;
    }
    int d = target(rd, RAX);
    if (d == place(rs1)) {
      operand(ADD, true, d, rs2);
    } else if (d == place(rs2)) {
      operand(ADD, true, d, rs1);
    } else if (place(rs1) >= 0 && place(rs2) >= 0) {
      a.lea(true, d, at(place(rs1), place(rs2), 0, 0));
    } else {
      readInto(d, rs1);
      operand(ADD, true, d, rs2);
    }
    write(rd, d);
  }

  void subtract(int rd, int rs1, int rs2) {
    int d = target(rd, RAX);
    if (d == place(rs2) && rs1 != rs2) {
      if (rs1 == 0) {
        a.unary(NEG, true, d);
        return;
      }
      d = RAX;
    }
    readInto(d, rs1);
    operand(SUB, true, d, rs2);
    write(rd, d);
  }

  void logic(int op, int rd, int rs1, int rs2) {
    int d = target(rd, RAX);
    if (d == place(rs2)) {
      operand(op, true, d, rs1);
    } else {
      readInto(d, rs1);
      operand(op, true, d, rs2);
    }
    write(rd, d);
  }

  void logicNot(int op, int rd, int rs1, int rs2) {
    readInto(RAX, rs2);
    a.unary(NOT, true, RAX);
    operand(op, true, RAX, rs1);
    write(rd, RAX);
  }

  void compare(int condition, int rd, int rs1, int rs2) {
    int s = read(rs1, RCX);
    operand(CMP, true, s, rs2);
    conditionInto(condition, rd);
  }

  void shift(int op, int rd, int rs1, int rs2) {
    int s = read(rs1, RAX);
    int c = read(rs2, RCX);
    int d = target(rd, RAX);
    a.shiftExtended(op, true, d, s, c);
    write(rd, d);
  }

  void shiftWord(int op, int rd, int rs1, int rs2) {
    int s = read(rs1, RAX);
    int c = read(rs2, RCX);
    int to = narrow ? target(rd, RAX) : RAX;
    a.shiftExtended(op, false, to, s, c);
    writeWord(rd, to);
  }

  /** {@code rd} = the lower half of {@code rs1}, rotated left by {@code count}. */
  void rotateWord(int rd, int rs1, int count) {
    int to = target(rd, RAX);
    int s = read(rs1, to);
    if (s != to) {
      a.mov32(to, s);
    }
    a.shift(ROL, false, to, count);
    writeWord(rd, to);
  }

  void rotate(int op, boolean wide, int rd, int rs1, int rs2) {
    readInto(RCX, rs2);
    readInto(RAX, rs1);
    a.shiftByCl(op, wide, RAX);
    if (!wide) {
      a.movsxd(RAX, RAX);
    }
    write(rd, RAX);
  }

  void word(int op, int rd, int rs1, int rs2) {
    int d = target(rd, RAX);
    if (op == ADD && place(rs1) >= 0 && place(rs2) >= 0) {
      int to = narrow ? d : RAX;
      if (to == place(rs1) || to == place(rs2)) {
        a.alu(ADD, false, to, to == place(rs1) ? place(rs2) : place(rs1));
      } else {
        a.lea(false, to, at(place(rs1), place(rs2), 0, 0));
      }
      writeWord(rd, to);
      return;
    }
    int to = narrow && d != place(rs2) ? d : RAX;
    int s = read(rs1, to);
    if (s != to) {
      a.mov32(to, s);
    }
    operand(op, false, to, rs2);
    writeWord(rd, to);
  }

  void shiftAdd(int scale, int rd, int rs1, int rs2) {
    int s = read(rs1, RCX);
    int b = read(rs2, RDX);
    int d = target(rd, RAX);
    a.lea(true, d, at(b, s, scale, 0));
    write(rd, d);
  }

  void shiftAddWord(int scale, int rd, int rs1, int rs2) {
    a.mov32(RCX, read(rs1, RCX));
    int b = read(rs2, RDX);
    int d = target(rd, RAX);
    a.lea(true, d, at(b, RCX, scale, 0));
    write(rd, d);
  }

  void multiply(boolean wide, int rd, int rs1, int rs2) {
    int d = target(rd, RAX);
    int to = (wide || narrow) && d != place(rs2) ? d : RAX;
    readInto(to, rs1);
    a.imul(wide, to, read(rs2, RCX));
    if (wide) {
      write(rd, to);
    } else {
      writeWord(rd, to);
    }
  }

  void multiplyHigh(int op, int rd, int rs1, int rs2) {
    readInto(RAX, rs1);
    a.unary(op, true, read(rs2, RCX));
    write(rd, RDX);
  }

  /** Signed times unsigned: the product of both as unsigned has the second once too often. */
  void multiplyHighMixed(int rd, int rs1, int rs2) {
    readInto(RAX, rs1);
    a.unary(MUL, true, read(rs2, RCX));
    readInto(RAX, rs1);
    a.shift(SAR, true, RAX, 63);
    operand(AND, true, RAX, rs2);
    a.alu(SUB, true, RDX, RAX);
    write(rd, RDX);
  }

  /** Division by zero and overflow give what RISC-V says instead of a trap (unpriv, M). */
  void divide(boolean wide, boolean signed, boolean remainder, int rd, int rs1, int rs2) {
    int zero = a.label();
    int minusOne = a.label();
    int done = a.label();
    readInto(RCX, rs2);
    readInto(RAX, rs1);
    a.test(wide, RCX, RCX);
    a.jump(EQUAL, zero);
    if (signed) {
      a.aluImmediate(CMP, wide, RCX, -1);
      a.jump(EQUAL, minusOne);
      a.signIntoRdx(wide);
      a.unary(IDIV, wide, RCX);
    } else {
      a.constant(RDX, 0);
      a.unary(DIV, wide, RCX);
    }
    if (remainder) {
      a.mov(RAX, RDX);
    }
    a.bind(done);
    exits.aside(() -> {
      if (signed) {
        a.bind(minusOne);
        if (remainder) {
          a.constant(RAX, 0);
        } else {
          a.unary(NEG, wide, RAX);
        }
        a.jump(done);
      }
      a.bind(zero);
      if (!remainder) {
        a.constant(RAX, -1);
      }
      a.jump(done);
    });
    if (!wide) {
      a.movsxd(RAX, RAX);
    }
    write(rd, RAX);
  }

  void count(int opcode, boolean wide, int rd, int rs1) {
    int d = target(rd, RAX);
    a.count(opcode, wide, d, read(rs1, RCX));
    write(rd, d);
  }

  /** By BSR: clouds that move machines between makes of processors hide LZCNT ("abm"). */
  void leadingZeros(boolean wide, int rd, int rs1) {
    int bits = wide ? 64 : 32;
    int d = target(rd, RAX);
    int s = read(rs1, RCX);
    a.constant(RDX, 2 * bits - 1); // becomes bits, where BSR finds nothing
    a.highestBit(wide, d, s);
    a.cmov(EQUAL, wide, d, RDX);
    a.aluImmediate(XOR, wide, d, bits - 1);
    write(rd, d);
  }

  void select(int condition, int rd, int rs1, int rs2) {
    readInto(RAX, rs1);
    int other = read(rs2, RCX);
    a.alu(CMP, true, RAX, other);
    a.cmov(condition, true, RAX, other);
    write(rd, RAX);
  }

  void extend(int opcode, int rd, int rs1) {
    int d = target(rd, RAX);
    a.extend(opcode, d, read(rs1, RAX));
    write(rd, d);
  }

  void conditionalZero(int condition, int rd, int rs1, int rs2) {
    readInto(RAX, rs1);
    int c = read(rs2, RCX);
    a.constant(RDX, 0);
    a.test(true, c, c);
    a.cmov(condition, true, RAX, RDX);
    write(rd, RAX);
  }

  /** {@code orc.b}: each byte that is not zero becomes 0xff; SSE compares bytes with zero. */
  void combineBytes(int rd, int rs1) {
    a.movToSse(true, XMM0, read(rs1, RAX));
    a.bitwise(XORPS, XMM1, XMM1);
    a.compareBytes(XMM0, XMM1);
    a.movFromSse(true, RAX, XMM0);
    a.unary(NOT, true, RAX);
    write(rd, RAX);
  }

  void carrylessMultiply(int op, int rd, int rs1, int rs2) {
    a.movToSse(true, XMM0, read(rs1, RAX));
    a.movToSse(true, XMM1, read(rs2, RCX));
    a.carrylessMultiply(XMM0, XMM1);
    if (op != Op.CLMULH) {
      a.movFromSse(true, RCX, XMM0);
    }
    if (op != Op.CLMUL) {
      a.shiftBytesRight(XMM0, 8);
      a.movFromSse(true, RAX, XMM0);
    }
    if (op == Op.CLMULR) { // bits 126 to 63 of the product
      a.shift(SHR, true, RCX, 63);
      a.lea(true, RAX, at(RCX, RAX, 1, 0));
    }
    write(rd, op == Op.CLMUL ? RCX : RAX);
  }

  void bitExtract(int rd, int rs1, int rs2) {
    int s = read(rs1, RAX);
    int c = read(rs2, RCX);
    a.shiftExtended(SHR, true, RAX, s, c);
    a.aluImmediate(AND, false, RAX, 1);
    write(rd, RAX);
  }

  void bit(int which, int rd, int rs1, int rs2) {
    readInto(RAX, rs1);
    a.bit(which, true, RAX, read(rs2, RCX));
    write(rd, RAX);
  }

  /**
   * The same for a bit that is known.
   *
   * @param op the operation that does it by a mask, which has that bit set or, for AND, clear
   */
  void bitImmediate(int which, int op, int rd, int rs1, int index) {
    if (index < Integer.SIZE - 1) {
      int mask = 1 << index;
      logicImmediate(op, rd, rs1, op == AND ? ~mask : mask);
      return;
    }
    readInto(RAX, rs1);
    a.constant(RCX, index);
    a.bit(which, true, RAX, RCX);
    write(rd, RAX);
  }

  /** The low halves of two values of twice {@code width} bits, the first one's lower. */
  void pack(int width, int rd, int rs1, int rs2) {
    low(width, RAX, rs1);
    low(width, RCX, rs2);
    a.shift(SHL, true, RCX, width);
    a.alu(OR, true, RAX, RCX);
    extendWord(width != 16, RAX);
    write(rd, RAX);
  }

  private void low(int width, int to, int r) {
    int s = read(r, to);
    switch (width) {
      case 8 -> a.extend(MOVZX_BYTE, to, s);
      case 16 -> a.extend(MOVZX_WORD, to, s);
      default -> a.mov32(to, s);
    }
  }

  /** {@code brev8}: neighbours change places, then pairs, then halves of bytes. */
  void reverseBits(int rd, int rs1) {
    readInto(RAX, rs1);
    swap(1, 0x5555_5555_5555_5555L);
    swap(2, 0x3333_3333_3333_3333L);
    swap(4, 0x0f0f_0f0f_0f0f_0f0fL);
    write(rd, RAX);
  }

  /** Groups of bits of RAX change places, of which {@code mask} has every other one. */
  private void swap(int bits, long mask) {
    a.constant(RDX, mask);
    a.mov(RCX, RAX);
    a.shift(SHR, true, RCX, bits);
    a.alu(AND, true, RAX, RDX);
    a.alu(AND, true, RCX, RDX);
    a.shift(SHL, true, RAX, bits);
    a.alu(OR, true, RAX, RCX);
  }
}

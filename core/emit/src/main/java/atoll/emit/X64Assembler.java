package atoll.emit;

/**
 * Assembles x86-64 instructions, as far as translated code needs them (Intel SDM, volume 2): a
 * method for each. {@code wide} chooses 64 over 32 bits.
 */
public final class X64Assembler extends X64Encoder {
  /** Two-operand arithmetic, by its number in the opcode. */
  public static final int ADD = 0;

  public static final int OR = 1;
  public static final int AND = 4;
  public static final int SUB = 5;
  public static final int XOR = 6;
  public static final int CMP = 7;

  /** Shifts and rotates. */
  public static final int ROL = 0;

  public static final int ROR = 1;
  public static final int SHL = 4;
  public static final int SHR = 5;
  public static final int SAR = 7;

  /** One-operand arithmetic. */
  public static final int NOT = 2;

  public static final int NEG = 3;
  public static final int MUL = 4;
  public static final int IMUL = 5;
  public static final int DIV = 6;
  public static final int IDIV = 7;

  /** Conditions, by their number in the opcode; the lowest bit negates. */
  public static final int BELOW = 2;

  public static final int ABOVE_EQUAL = 3;
  public static final int EQUAL = 4;
  public static final int NOT_EQUAL = 5;
  public static final int BELOW_EQUAL = 6;
  public static final int ABOVE = 7;
  public static final int SIGN = 8;
  public static final int NOT_SIGN = 9;
  public static final int PARITY = 10;
  public static final int NO_PARITY = 11;
  public static final int LESS = 12;
  public static final int GREATER_EQUAL = 13;
  public static final int LESS_EQUAL = 14;
  public static final int GREATER = 15;

  /** Opcodes of loads that extend, and of other instructions with a {@code 0f} prefix. */
  public static final int MOVZX_BYTE = 0xfb6;

  public static final int MOVZX_WORD = 0xfb7;
  public static final int MOVSX_BYTE = 0xfbe;
  public static final int MOVSX_WORD = 0xfbf;
  public static final int POPCNT = 0xfb8;
  public static final int TZCNT = 0xfbc;
  public static final int IMUL_REGISTER = 0xfaf;

  /** Opcodes of SSE arithmetic; the prefix chooses single or double precision. */
  public static final int SQRT = 0xf51;

  public static final int FADD = 0xf58;
  public static final int FMUL = 0xf59;
  public static final int FSUB = 0xf5c;
  public static final int FDIV = 0xf5e;

  private static final int INDIRECT = 0xff;

  private static final int JUMP = 0xe9;

  // ------------------------------------------------------------ moves

  public void mov(int to, int from) {
    registers(0, true, 0x8b, to, from, false);
  }

  /** Copies 32 bits and clears the upper half. */
  public void mov32(int to, int from) {
    registers(0, false, 0x8b, to, from, false);
  }

  public void load(boolean wide, int to, long m) {
    memory(0, wide, 0x8b, to, m, 0);
  }

  public void store(boolean wide, long m, int from) {
    memory(0, wide, 0x89, from, m, 0);
  }

  public void store8(long m, int from) {
    memory(0, false, 0x88, from, m, 0, true);
  }

  public void store16(long m, int from) {
    memory(0x66, false, 0x89, from, m, 0);
  }

  /** Stores a sign-extended 32-bit constant. */
  public void storeImmediate(boolean wide, long m, int value) {
    memory(0, wide, 0xc7, 0, m, 4);
    put4(value);
  }

  /** Sign-extends 32 bits. */
  public void movsxd(int to, int from) {
    registers(0, true, 0x63, to, from, false);
  }

  public void movsxd(int to, long m) {
    memory(0, true, 0x63, to, m, 0);
  }

  /** One of the extending moves above, from the low part of a register. */
  public void extend(int opcode, int to, int from) {
    registers(0, true, opcode, to, from, true);
  }

  public void extend(int opcode, int to, long m) {
    memory(0, true, opcode, to, m, 0);
  }

  public void lea(boolean wide, int to, long m) {
    memory(0, wide, 0x8d, to, m, 0);
  }

  /** Loads a constant by the shortest instruction; may change flags. */
  public void constant(int to, long value) {
    room();
    if (value == 0) {
      registers(0, false, 0x33, to, to, false);
    } else if (value >>> 32 == 0) {
      if (to >= R8) {
        put(0x41);
      }
      put(0xb8 | to & 7);
      put4((int) value);
    } else if (value == (int) value) {
      registers(0, true, 0xc7, 0, to, false);
      put4((int) value);
    } else {
      put(0x48 | to >> 3);
      put(0xb8 | to & 7);
      put4((int) value);
      put4((int) (value >>> 32));
    }
  }

  /** Loads a 32-bit constant by an instruction of five bytes; flags stay. */
  public void constantFixed(int to, int value) {
    room();
    put(0xb8 | to);
    put4(value);
  }

  public void bswap(boolean wide, int r) {
    room();
    int rex = (wide ? 8 : 0) | r >> 3;
    if (rex != 0) {
      put(0x40 | rex);
    }
    put(0x0f);
    put(0xc8 | r & 7);
  }

  // ------------------------------------------------------------ integer arithmetic

  public void alu(int op, boolean wide, int to, int from) {
    registers(0, wide, op << 3 | 3, to, from, false);
  }

  public void alu(int op, boolean wide, int to, long m) {
    memory(0, wide, op << 3 | 3, to, m, 0);
  }

  /** Arithmetic on memory. */
  public void alu(int op, boolean wide, long m, int from) {
    memory(0, wide, op << 3 | 1, from, m, 0);
  }

  public void aluImmediate(int op, boolean wide, int to, int value) {
    boolean small = value == (byte) value;
    registers(0, wide, small ? 0x83 : 0x81, op, to, false);
    immediate(small, value);
  }

  public void aluImmediate(int op, boolean wide, long m, int value) {
    boolean small = value == (byte) value;
    memory(0, wide, small ? 0x83 : 0x81, op, m, small ? 1 : 4);
    immediate(small, value);
  }

  private void immediate(boolean small, int value) {
    if (small) {
      put(value);
    } else {
      put4(value);
    }
  }

  public void test(boolean wide, int a, int b) {
    registers(0, wide, 0x85, b, a, false);
  }

  public void testImmediate(boolean wide, int a, int value) {
    registers(0, wide, 0xf7, 0, a, false);
    put4(value);
  }

  /** A shift or rotate by a constant. */
  public void shift(int op, boolean wide, int r, int count) {
    registers(0, wide, 0xc1, op, r, false);
    put(count);
  }

  /** A shift or rotate by CL. */
  public void shiftByCl(int op, boolean wide, int r) {
    registers(0, wide, 0xd3, op, r, false);
  }

  /** SHLX, SHRX or SARX (BMI2): {@code to = from shifted by count}, flags unchanged. */
  public void shiftExtended(int op, boolean wide, int to, int from, int count) {
    int prefix = op == SHL ? 1 : op == SHR ? 3 : 2;
    room();
    put(0xc4);
    put((to >= R8 ? 0 : 0x80) | 0x40 | (from >= R8 ? 0 : 0x20) | 2);
    put((wide ? 0x80 : 0) | (~count & 15) << 3 | prefix);
    put(0xf7);
    put(0xc0 | (to & 7) << 3 | from & 7);
  }

  /** One-operand arithmetic on a register; MUL to IDIV work on RDX:RAX. */
  public void unary(int op, boolean wide, int r) {
    registers(0, wide, 0xf7, op, r, false);
  }

  /** Sign-extends RAX into RDX:RAX, or EAX into EDX:EAX. */
  public void signIntoRdx(boolean wide) {
    room();
    if (wide) {
      put(0x48);
    }
    put(0x99);
  }

  public void imul(boolean wide, int to, int from) {
    registers(0, wide, IMUL_REGISTER, to, from, false);
  }

  /** POPCNT or TZCNT. */
  public void count(int opcode, boolean wide, int to, int from) {
    registers(0xf3, wide, opcode, to, from, false);
  }

  /** BSR: the place of the highest bit; equal, and nothing of use in {@code to}, without one. */
  public void highestBit(boolean wide, int to, int from) {
    registers(0, wide, 0xfbd, to, from, false);
  }

  public void setcc(int condition, int r) {
    registers(0, false, 0xf90 | condition, 0, r, true);
  }

  public void cmov(int condition, boolean wide, int to, int from) {
    registers(0, wide, 0xf40 | condition, to, from, false);
  }

  /** BT, BTS, BTR or BTC with a register index, by their opcodes' middle digit: 4 to 7. */
  public void bit(int which, boolean wide, int r, int index) {
    registers(0, wide, 0xf83 | which << 3, index, r, false);
  }

  // ------------------------------------------------------------ atomics

  public void lockXadd(boolean wide, long m, int r) {
    lock();
    memory(0, wide, 0xfc1, r, m, 0);
  }

  /** Compares with RAX; sets the zero flag and stores {@code r} if equal, else loads RAX. */
  public void lockCmpxchg(boolean wide, long m, int r) {
    lock();
    memory(0, wide, 0xfb1, r, m, 0);
  }

  public void xchg(boolean wide, long m, int r) {
    memory(0, wide, 0x87, r, m, 0);
  }

  /** Waits until all stores are visible, as MFENCE does but in half the time. */
  public void storeFence() {
    lock();
    memory(0, false, 0x83, OR, at(RSP, -8), 1);
    put(0);
  }

  private void lock() {
    room();
    put(0xf0);
  }

  // ------------------------------------------------------------ floating point

  private static int prefix(boolean isDouble) {
    return isDouble ? 0xf2 : 0xf3;
  }

  /** {@code to = to op from} on the lowest element; what lies above it in {@code to} stays. */
  public void sse(int opcode, boolean isDouble, int to, int from) {
    registers(prefix(isDouble), false, opcode, to, from, false);
  }

  public void sse(int opcode, boolean isDouble, int to, long m) {
    memory(prefix(isDouble), false, opcode, to, m, 0);
  }

  /** Loads one number and clears what lies above it. */
  public void loadSse(boolean isDouble, int to, long m) {
    memory(prefix(isDouble), false, 0xf10, to, m, 0);
  }

  public void storeSse(boolean isDouble, long m, int from) {
    memory(prefix(isDouble), false, 0xf11, from, m, 0);
  }

  /** Copies the whole register. */
  public void movaps(int to, int from) {
    registers(0, false, 0xf28, to, from, false);
  }

  /** Compares and sets the zero, parity and carry flags; quiet NaNs raise nothing. */
  public void ucomis(boolean isDouble, int a, int b) {
    registers(isDouble ? 0x66 : 0, false, 0xf2e, a, b, false);
  }

  /** The same, but any NaN raises the invalid exception. */
  public void comis(boolean isDouble, int a, int b) {
    registers(isDouble ? 0x66 : 0, false, 0xf2f, a, b, false);
  }

  /** Copies a general register to an {@code xmm} register and clears what lies above. */
  public void movToSse(boolean wide, int to, int from) {
    registers(0x66, wide, 0xf6e, to, from, false);
  }

  public void movFromSse(boolean wide, int to, int from) {
    registers(0x66, wide, 0xf7e, from, to, false);
  }

  /** CVTSI2SD and its siblings. */
  public void fromInteger(boolean isDouble, boolean wide, int to, int from) {
    registers(prefix(isDouble), wide, 0xf2a, to, from, false);
  }

  /** CVTTSD2SI and its siblings: rounds towards zero. */
  public void toIntegerTruncated(boolean isDouble, boolean wide, int to, int from) {
    registers(prefix(isDouble), wide, 0xf2c, to, from, false);
  }

  /** CVTSD2SI and its siblings: rounds as MXCSR says. */
  public void toInteger(boolean isDouble, boolean wide, int to, int from) {
    registers(prefix(isDouble), wide, 0xf2d, to, from, false);
  }

  /** CVTSS2SD, or CVTSD2SS if {@code fromDouble}. */
  public void convert(boolean fromDouble, int to, int from) {
    registers(prefix(fromDouble), false, 0xf5a, to, from, false);
  }

  /** A bitwise operation on whole registers: ANDPS 54, ANDNPS 55, ORPS 56, XORPS 57 (hex). */
  public void bitwise(int opcode, int to, int from) {
    registers(0, false, 0xf00 | opcode, to, from, false);
  }

  /** PCMPEQB: each byte of {@code to} that equals {@code from}'s becomes 0xff, the others 0. */
  public void compareBytes(int to, int from) {
    registers(0x66, false, 0xf74, to, from, false);
  }

  /** PCLMULQDQ: {@code to} = the carry-less product, of 128 bits, of the lower halves. */
  public void carrylessMultiply(int to, int from) {
    registers(0x66, false, 0xf3a44, to, from, false);
    put(0);
  }

  /** PSRLDQ: shifts the whole register to the right by a number of bytes. */
  public void shiftBytesRight(int r, int bytes) {
    registers(0x66, false, 0xf73, 3, r, false);
    put(bytes);
  }

  /**
   * ROUNDSD and ROUNDSS: the integer near a number, and what lies above it in {@code to} stays.
   *
   * @param mode as MXCSR has it: 0 nearest even, 1 down, 2 up, 3 towards zero
   */
  public void round(boolean isDouble, int to, int from, int mode) {
    registers(0x66, false, isDouble ? 0xf3a0b : 0xf3a0a, to, from, false);
    put(mode);
  }

  /** Stores 16 bytes at any alignment. */
  public void storeUnaligned(long m, int from) {
    memory(0, false, 0xf11, from, m, 0);
  }

  /**
   * A fused multiply-add of form 213: {@code to = ±(b · to) ± c}.
   *
   * @param opcode A9 VFMADD, AB VFMSUB, AD VFNMADD, AF VFNMSUB (hex)
   */
  public void fma(int opcode, boolean isDouble, int to, int b, int c) {
    room();
    put(0xc4);
    put((to >= R8 ? 0 : 0x80) | 0x40 | (c >= R8 ? 0 : 0x20) | 2);
    put((isDouble ? 0x80 : 0) | (~b & 15) << 3 | 1);
    put(opcode);
    put(0xc0 | (to & 7) << 3 | c & 7);
  }

  public void ldmxcsr(long m) {
    memory(0, false, 0xfae, 2, m, 0);
  }

  public void stmxcsr(long m) {
    memory(0, false, 0xfae, 3, m, 0);
  }

  // ------------------------------------------------------------ control

  public void jump(int label) {
    room();
    put(JUMP);
    reference(label);
  }

  public void jump(int condition, int label) {
    room();
    put(0x0f);
    put(0x80 | condition);
    reference(label);
  }

  public void call(int label) {
    room();
    put(0xe8);
    reference(label);
  }

  /** Jumps to an offset in the code area; five bytes. */
  public void jumpTo(int offset) {
    room();
    put(JUMP);
    distance(offset);
  }

  /** Jumps there if the condition holds; six bytes. */
  public void jumpTo(int condition, int offset) {
    room();
    put(0x0f);
    put(0x80 | condition);
    distance(offset);
  }

  /** Calls an offset in the code area; five bytes. */
  public void callTo(int offset) {
    room();
    put(0xe8);
    distance(offset);
  }

  public void jump(long m) {
    memory(0, false, INDIRECT, 4, m, 0);
  }

  public void jumpRegister(int r) {
    registers(0, false, INDIRECT, 4, r, false);
  }

  public void push(int r) {
    room();
    if (r >= R8) {
      put(0x41);
    }
    put(0x50 | r & 7);
  }

  public void pop(int r) {
    room();
    if (r >= R8) {
      put(0x41);
    }
    put(0x58 | r & 7);
  }

  public void pop(long m) {
    memory(0, false, 0x8f, 0, m, 0);
  }

  public void clearCarry() {
    room();
    put(0xf8);
  }

  public void setCarry() {
    room();
    put(0xf9);
  }

  public void ret() {
    room();
    put(0xc3);
  }
}

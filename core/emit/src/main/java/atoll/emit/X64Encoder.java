package atoll.emit;

/**
 * The form of x86-64 code: prefixes and operands. All places that code refers to lie within 2 GiB.
 * Registers are numbers 0 to 15, {@code xmm} registers too. A memory operand is a {@code long} made
 * by {@link #at(int, int)} and its siblings.
 */
abstract sealed class X64Encoder extends CodeBuffer permits X64Assembler {
  public static final int RAX = 0;
  public static final int RCX = 1;
  public static final int RDX = 2;
  public static final int RBX = 3;
  public static final int RSP = 4;
  public static final int RBP = 5;
  public static final int RSI = 6;
  public static final int RDI = 7;
  public static final int R8 = 8;
  public static final int R9 = 9;
  public static final int R10 = 10;
  public static final int R11 = 11;
  public static final int R12 = 12;
  public static final int R13 = 13;
  public static final int R14 = 14;
  public static final int R15 = 15;

  private static final long RELATIVE = 1L << 60;
  private static final long INDEXED = 1L << 61;

  // ------------------------------------------------------------ operands

  /** The memory at {@code base + displacement}. */
  public static long at(int base, int displacement) {
    return (long) base << 32 | displacement & 0xffff_ffffL;
  }

  /** The memory at {@code base + (index << scale) + displacement}; the index is not RSP. */
  public static long at(int base, int index, int scale, int displacement) {
    return INDEXED | (long) scale << 44 | (long) index << 36 | at(base, displacement);
  }

  /** The memory at an offset from the beginning of the code area, which may lie outside of it. */
  public static long atOffset(int offset) {
    return RELATIVE | offset & 0xffff_ffffL;
  }

  // ------------------------------------------------------------ encoding

  private void opcode(int opcode) {
    if (opcode > 0xffff) {
      put(opcode >> 16);
    }
    if (opcode > 0xff) {
      put(opcode >> 8);
    }
    put(opcode);
  }

  /** Prefix, REX, opcode and operands; {@code prefix} is 0 where there is none. */
  final void registers(int prefix, boolean wide, int opcode, int reg, int rm, boolean byteRm) {
    room();
    if (prefix != 0) {
      put(prefix);
    }
    int rex = (wide ? 8 : 0) | reg >> 3 << 2 | rm >> 3;
    if (rex != 0 || (byteRm && (rm >= RSP || reg >= RSP))) {
      put(0x40 | rex);
    }
    opcode(opcode);
    put(0xc0 | (reg & 7) << 3 | rm & 7);
  }

  final void memory(int prefix, boolean wide, int opcode, int reg, long m, int immediateBytes) {
    memory(prefix, wide, opcode, reg, m, immediateBytes, false);
  }

  final void memory(
      int prefix, boolean wide, int opcode, int reg, long m, int immediateBytes, boolean byteReg) {
    room();
    if (prefix != 0) {
      put(prefix);
    }
    int base = (int) (m >>> 32) & 15;
    int index = (int) (m >>> 36) & 15;
    int rex = (wide ? 8 : 0) | reg >> 3 << 2 | index >> 3 << 1 | base >> 3;
    if (rex != 0 || (byteReg && reg >= RSP)) {
      put(0x40 | rex);
    }
    opcode(opcode);
    operand(reg, m, immediateBytes);
  }

  /** ModRM, SIB and displacement. */
  private void operand(int reg, long m, int immediateBytes) {
    int base = (int) (m >>> 32) & 7;
    int displacement = (int) m;
    int field = (reg & 7) << 3;
    if ((m & RELATIVE) != 0) {
      put(field | 5);
      note(size(), DATA);
      put4(displacement - (here() + 4 + immediateBytes));
      return;
    }
    boolean indexed = (m & INDEXED) != 0;
    boolean sib = indexed || base == RSP;
    int mode = displacement == 0 && base != RBP ? 0 : displacement == (byte) displacement ? 1 : 2;
    put(mode << 6 | field | (sib ? RSP : base));
    if (sib) {
      int index = indexed ? (int) (m >>> 36) & 7 : RSP;
      put(((int) (m >>> 44) & 3) << 6 | index << 3 | base);
    }
    if (mode == 1) {
      put(displacement);
    } else if (mode == 2) {
      put4(displacement);
    }
  }

  // ------------------------------------------------------------ distances

  /** Puts a jump's distance to a label here, as soon as it is known. */
  final void reference(int label) {
    fixUp(label);
    put4(0);
  }

  /** Puts the distance from behind the next four bytes to an offset in the code area here. */
  final void distance(int offset) {
    note(size(), CODE);
    put4(offset - (here() + 4));
  }

  @Override
  final int reaching(int word, int distance) {
    return distance - 4;
  }

  @Override
  public final int moved(int word, int by) {
    return word + by;
  }
}

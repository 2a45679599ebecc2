package atoll.emit;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The form of x86-64 code: prefixes, operands, labels, and the array that it is assembled in.
 *
 * <p>Code is assembled into a Java array and copied to where it is executed when it is complete.
 * Places outside the piece in hand are named by their offset from the beginning of the code area,
 * as is the piece's own place: all of them lie within 2 GiB. Registers are numbers 0 to 15, {@code
 * xmm} registers too. A memory operand is a {@code long} made by {@link #at(int, int)} and its
 * siblings.
 */
abstract sealed class X64Encoder permits X64Assembler {
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

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long RELATIVE = 1L << 60;
  private static final long INDEXED = 1L << 61;

  private byte[] code = new byte[1 << 16];
  private int size;
  private int origin;

  private int[] labels = new int[64];
  private int labelCount;
  private int[] fixups = new int[128];
  private int fixupCount;

  /** What {@link #referenceSite} and {@link #referenceKind} tell, in pairs. */
  private int[] references = new int[128];

  private int referenceCount;

  /** Begins a piece of code that will lie at {@code origin} in the code area. */
  public final void begin(int origin) {
    this.origin = origin;
    size = 0;
    labelCount = 0;
    fixupCount = 0;
    referenceCount = 0;
  }

  /** The offset in the code area at which the next instruction will lie. */
  public final int here() {
    return origin + size;
  }

  /** Bytes assembled so far. */
  public final int size() {
    return size;
  }

  /** What has been assembled, in the first {@link #size} bytes; valid until the next piece. */
  public final byte[] bytes() {
    return code;
  }

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

  final void put(int b) {
    code[size++] = (byte) b;
  }

  final void put4(int v) {
    byte[] c = code;
    int at = size;
    c[at] = (byte) v;
    c[at + 1] = (byte) (v >> 8);
    c[at + 2] = (byte) (v >> 16);
    c[at + 3] = (byte) (v >> 24);
    size = at + 4;
  }

  final void room() {
    if (code.length - size < 32) {
      code = Arrays.copyOf(code, 2 * code.length);
    }
  }

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
      note(size, DATA);
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

  // ------------------------------------------------------------ labels

  /** A new label, to be bound once. */
  public final int label() {
    if (labelCount == labels.length) {
      labels = Arrays.copyOf(labels, 2 * labelCount);
    }
    labels[labelCount] = -1;
    return labelCount++;
  }

  /** Puts a label here. */
  public final void bind(int label) {
    labels[label] = size;
  }

  /** Where a bound label lies, as an offset in the code area. */
  public final int offset(int label) {
    return origin + labels[label];
  }

  /** Puts a jump's distance to a label here, as soon as it is known. */
  final void reference(int label) {
    if (fixupCount + 2 > fixups.length) {
      fixups = Arrays.copyOf(fixups, 2 * fixupCount);
    }
    fixups[fixupCount++] = size;
    fixups[fixupCount++] = label;
    put4(0);
  }

  /** Fills in all jumps to labels; the piece is then complete. */
  public final void finish() {
    for (int i = 0; i < fixupCount; i += 2) {
      int at = fixups[i];
      int target = labels[fixups[i + 1]];
      if (target < 0) {
        throw new IllegalStateException("label " + fixups[i + 1] + " was never bound");
      }
      int end = size;
      size = at;
      put4(target - (at + 4));
      size = end;
    }
  }

  // ------------------------------------------------------------ what depends on the piece's place

  /** A reference to code outside of the piece: the distance to it is in the four bytes there. */
  public static final int CODE = 0;

  /** The same to memory by {@link #atOffset}. */
  public static final int DATA = 1;

  /** Instructions of five bytes each that may be replaced with a jump. */
  public static final int REPLACEABLE = 2;

  /** How many places of the piece in hand depend on where it and others lie. */
  public final int references() {
    return referenceCount / 2;
  }

  /** Where in the piece the reference with a number is. */
  public final int referenceSite(int number) {
    return references[2 * number];
  }

  /** {@link #CODE}, {@link #DATA} or {@link #REPLACEABLE}. */
  public final int referenceKind(int number) {
    return references[2 * number + 1];
  }

  /** Puts the distance from behind the next four bytes to an offset in the code area here. */
  final void distance(int offset) {
    note(size, CODE);
    put4(offset - (here() + 4));
  }

  /** The instruction that comes next may be replaced with a jump. */
  public final void replaceable() {
    note(size, REPLACEABLE);
  }

  /** Notes a reference in code that has been assembled before. */
  public final void note(int site, int kind) {
    if (referenceCount + 2 > references.length) {
      references = Arrays.copyOf(references, 2 * referenceCount);
    }
    references[referenceCount++] = site;
    references[referenceCount++] = kind;
  }

  /** Appends code that has been assembled before; {@link #bytes} has it at its end. */
  public final void append(MemorySegment from, long offset, int length) {
    while (code.length - size < length) {
      code = Arrays.copyOf(code, 2 * code.length);
    }
    MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, code, size, length);
    size += length;
  }

  /** The four bytes at a place in the piece. */
  public final int word(int site) {
    return (int) WORD.get(code, site);
  }

  /** Replaces them. */
  public final void word(int site, int value) {
    WORD.set(code, site, value);
  }
}

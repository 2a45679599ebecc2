package atoll.isa;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Builds code and data in memory, little-endian, from an origin on; or from text by {@link
 * #assemble(String, long)}.
 *
 * <p>Operands come in the order of the assembly syntax: {@code op(Op.SD, rs2, offset, rs1)} as in
 * {@code sd rs2, offset(rs1)}; see {@link #op}. A label may be used before it is bound. Nothing is
 * compressed unless {@link #compressed} asks for it. Not thread-safe.
 */
public final class Assembler {
  private static final int NOP = Match.ADDI;
  private static final int COMPRESSED_NOP = 1;

  private final long origin;
  private final List<Runnable> patches = new ArrayList<>();
  private byte[] bytes = new byte[256];
  private int size;
  private int labels;

  /** An empty piece of code whose first byte is at address {@code origin}. */
  public Assembler(long origin) {
    this.origin = origin;
  }

  /**
   * Assembles text in the syntax of the usual tools.
   *
   * <p>Statements end with a line or {@code ;}, comments start with {@code #} or {@code //}. Labels
   * are {@code name:} and {@code 1:} (then {@code 1b}, {@code 1f}). All instructions of the
   * machine, the usual pseudo-instructions with {@code li}, {@code la}, {@code call} and {@code
   * tail}, and {@code c.} mnemonics; nothing is compressed otherwise. Branch targets are addresses,
   * {@code .} being this statement's. Expressions have C's operators, {@code %hi} and {@code %lo}.
   * Data: {@code .byte .half .word .dword .float .double .ascii .asciz .zero}; {@code .align} and
   * {@code .balign}; {@code .equ}; {@code .globl}, {@code .text} and {@code .option} mean nothing.
   *
   * @param origin the address of the first byte
   * @throws IllegalArgumentException naming line, statement and what was expected
   */
  public static byte[] assemble(String source, long origin) {
    return AssemblyText.assemble(source, origin);
  }

  /** Assembles text for address 0. */
  public static byte[] assemble(String source) {
    return assemble(source, 0);
  }

  /** The address of the next byte. */
  public long here() {
    return origin + size;
  }

  /** A new label, bound nowhere yet. */
  public Label label() {
    return label("L" + labels++);
  }

  /** The same, with a name for messages. */
  public Label label(String name) {
    return new Label(name);
  }

  /** Binds {@code label} here. */
  public Assembler bind(Label label) {
    label.bind(here());
    return this;
  }

  /**
   * One 32-bit instruction.
   *
   * @param op a constant of {@link Op}
   * @param operands in the order of {@link Format#operands}: registers by number; a branch's target
   *     as an offset from this instruction; {@code lui}'s operand shifted right by 12. A rounding
   *     mode may be left out: {@code dyn}. One more value is, of an AMO, its ordering (2 for aq, 1
   *     for rl), of a fence {@code fm}, of a may-be-operation its number.
   * @throws IllegalArgumentException if there are too few or too many, or one does not fit
   */
  public Assembler op(int op, long... operands) {
    return word(Operands.of(op).encode(operands));
  }

  /**
   * One 16-bit instruction: the short form of what {@link #op} would emit.
   *
   * @throws IllegalArgumentException if it has no short form
   */
  public Assembler compressed(int op, long... operands) {
    return half(shortForm(Operands.of(op).encode(operands)));
  }

  /** The half that expands to {@code word}; refused where there is none. */
  static int shortForm(int word) {
    int half = Compressed.compress(word);
    if (half == 0) {
      throw new IllegalArgumentException(
          "no compressed form of " + Disassembler.disassemble(0, word));
    }
    return half;
  }

  /** A conditional branch to {@code target}. */
  public Assembler branch(int op, int rs1, int rs2, Label target) {
    int at = reserve(4);
    long from = origin + at;
    return patch(
        target, () -> put(at, Operands.of(op).encode(rs1, rs2, target.address() - from), 4));
  }

  /** {@code jal rd, target}. */
  public Assembler jal(int rd, Label target) {
    int at = reserve(4);
    long from = origin + at;
    return patch(target, () -> put(at, Operands.of(Op.JAL).encode(rd, target.address() - from), 4));
  }

  /** {@code j target}. */
  public Assembler j(Label target) {
    return jal(Register.ZERO, target);
  }

  /** {@code c.j target}. */
  public Assembler compressedJump(Label target) {
    int at = reserve(2);
    long from = origin + at;
    Operands jal = Operands.of(Op.JAL);
    return patch(target, () -> put(at, shortForm(jal.encode(0, target.address() - from)), 2));
  }

  /**
   * {@code c.beqz rs1, target} or {@code c.bnez}.
   *
   * @param op {@link Op#BEQ} or {@link Op#BNE}
   * @param rs1 x8 to x15
   */
  public Assembler compressedBranch(int op, int rs1, Label target) {
    int at = reserve(2);
    long from = origin + at;
    Operands branch = Operands.of(op);
    return patch(
        target, () -> put(at, shortForm(branch.encode(rs1, 0, target.address() - from)), 2));
  }

  /** Any 64-bit constant, in one to eight instructions. */
  public Assembler li(int rd, long value) {
    if (value == (value << 52 >> 52)) {
      return op(Op.ADDI, rd, Register.ZERO, value);
    }
    long low = value << 52 >> 52;
    if (value == (int) value) {
      op(Op.LUI, rd, value + 0x800 >>> 12 & 0xfffff);
      return low == 0 ? this : op(Op.ADDIW, rd, rd, low);
    }
    long high = value - low >> 12;
    int shift = Long.numberOfTrailingZeros(high);
    li(rd, high >> shift);
    op(Op.SLLI, rd, rd, shift + 12);
    return low == 0 ? this : op(Op.ADDI, rd, rd, low);
  }

  /** The address of {@code target}, relative to the pc, in two instructions. */
  public Assembler la(int rd, Label target) {
    return pair(rd, Operands.of(Op.ADDI), rd, target);
  }

  /** Calls {@code target} anywhere within 2 GiB, in two instructions. */
  public Assembler call(Label target) {
    return pair(Register.RA, Operands.of(Op.JALR), Register.RA, target);
  }

  /** Jumps to {@code target} anywhere within 2 GiB, in two instructions; t1 is lost. */
  public Assembler tail(Label target) {
    return pair(Register.T1, Operands.of(Op.JALR), Register.ZERO, target);
  }

  /** {@code auipc base}, then an instruction that adds the offset's low 12 bits. */
  private Assembler pair(int base, Operands second, int rd, Label target) {
    int at = reserve(8);
    long from = origin + at;
    return patch(target, () -> putPair(at, base, second, rd, target.address() - from));
  }

  private void putPair(int at, int base, Operands second, int rd, long offset) {
    long high = offset + 0x800 >> 12;
    if (high != high << 44 >> 44) {
      throw new IllegalArgumentException("offset %d is beyond 2 GiB".formatted(offset));
    }
    long low = offset - (high << 12);
    boolean jump = second.instruction().op() == Op.JALR;
    put(at, Operands.of(Op.AUIPC).encode(base, high), 4);
    put(at + 4, jump ? second.encode(rd, low, base) : second.encode(rd, base, low), 4);
  }

  /** One byte of data: the low 8 bits. */
  public Assembler data8(int value) {
    return append(value, 1);
  }

  /** Two bytes: the low 16 bits. */
  public Assembler half(int value) {
    return append(value, 2);
  }

  /** Four bytes. */
  public Assembler word(int value) {
    return append(value, 4);
  }

  /** Eight bytes. */
  public Assembler dword(long value) {
    return append(value, 8);
  }

  /** Eight bytes: the address of {@code target}. */
  public Assembler address(Label target) {
    int at = reserve(8);
    return patch(target, () -> put(at, target.address(), 8));
  }

  /** The bytes of {@code text} in UTF-8, without a terminator. */
  public Assembler ascii(String text) {
    return data(text.getBytes(StandardCharsets.UTF_8));
  }

  public Assembler data(byte... data) {
    int at = reserve(data.length);
    System.arraycopy(data, 0, bytes, at, data.length);
    return this;
  }

  /** {@code count} bytes of zero. */
  public Assembler zero(int count) {
    if (count < 0) {
      throw new IllegalArgumentException("cannot leave out " + count + " bytes");
    }
    reserve(count);
    return this;
  }

  /**
   * Fills up to the next multiple of {@code alignment} bytes, as far as possible by instructions
   * that do nothing.
   *
   * @param alignment a power of two
   */
  public Assembler align(int alignment) {
    if (Integer.bitCount(alignment) != 1) {
      throw new IllegalArgumentException("alignment " + alignment + ", expected a power of two");
    }
    int gap = (int) (-here() & alignment - 1);
    if ((gap & 1) != 0) {
      data8(0);
    }
    if ((gap & 2) != 0) {
      half(COMPRESSED_NOP);
    }
    for (int i = 0; i < gap >> 2; i++) {
      word(NOP);
    }
    return this;
  }

  /**
   * What has been built.
   *
   * @throws IllegalArgumentException if a label is used but bound nowhere, or is out of reach
   */
  public byte[] toBytes() {
    patches.forEach(Runnable::run);
    patches.clear();
    return Arrays.copyOf(bytes, size);
  }

  /** Runs {@code patch} as soon as {@code target} is known: now, or at the end. */
  private Assembler patch(Label target, Runnable patch) {
    if (target.bound()) {
      patch.run();
    } else {
      patches.add(patch);
    }
    return this;
  }

  private Assembler append(long value, int width) {
    put(reserve(width), value, width);
    return this;
  }

  private int reserve(int count) {
    int at = size;
    int needed = Math.addExact(size, count);
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.max(needed, Math.min(bytes.length * 2L, 1 << 30)));
    }
    size = needed;
    return at;
  }

  private void put(int at, long value, int width) {
    for (int i = 0; i < width; i++) {
      bytes[at + i] = (byte) (value >> 8 * i);
    }
  }
}

package atoll.isa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Code built by calls. */
class AssemblerTest {
  private static final long ORIGIN = 0x8000_0000L;

  private final Assembler a = new Assembler(ORIGIN);

  /** The instructions that have been built, as text, all four bytes long. */
  private List<String> listing() {
    ByteBuffer words = ByteBuffer.wrap(a.toBytes()).order(ByteOrder.LITTLE_ENDIAN);
    List<String> texts = new ArrayList<>();
    while (words.hasRemaining()) {
      long pc = ORIGIN + words.position();
      texts.add(Disassembler.disassemble(pc, words.getInt()));
    }
    return texts;
  }

  @Test
  void operandsComeInTheOrderOfTheSyntax() {
    a.op(Op.ADD, Register.A0, Register.A1, Register.A2);
    a.op(Op.LD, Register.A0, -8, Register.SP);
    a.op(Op.SD, Register.A0, 16, Register.SP);
    a.op(Op.BNE, Register.A0, Register.ZERO, -12);
    a.op(Op.LUI, Register.A0, 0x12345);
    a.op(Op.AMOSWAP_D, Register.A0, Register.A1, Register.A2, 2);
    a.op(Op.FADD_D, Register.FA0, Register.FA1, Register.FA2);
    a.op(Op.FADD_D, Register.FA0, Register.FA1, Register.FA2, 1);
    a.op(Op.CSRRS, Register.A0, CsrNumber.TIME, Register.ZERO);
    a.op(Op.MOP_R, Register.A0, Register.A1, 31);
    assertThat(listing())
        .containsExactly(
            "add a0, a1, a2",
            "ld a0, -8(sp)",
            "sd a0, 16(sp)",
            "bne a0, zero, 0x80000000",
            "lui a0, 0x12345",
            "amoswap.d.aq a0, a1, (a2)",
            "fadd.d fa0, fa1, fa2",
            "fadd.d fa0, fa1, fa2, rtz",
            "csrrs a0, time, zero",
            "mop.r.31 a0, a1");
  }

  @Test
  void labelsReachBackwardsAndForwards() {
    Label start = a.label("start");
    Label end = a.label("end");
    a.bind(start).branch(Op.BEQ, Register.A0, Register.A1, end);
    a.jal(Register.RA, start).j(end);
    a.bind(end).op(Op.EBREAK);
    assertThat(listing())
        .containsExactly(
            "beq a0, a1, 0x8000000c", "jal ra, 0x80000000", "jal zero, 0x8000000c", "ebreak");
    assertThat(end.address()).isEqualTo(0x8000_000cL);
  }

  @Test
  void shortFormsAreEmittedWhereAskedFor() {
    Label end = a.label();
    a.compressed(Op.ADDI, Register.A0, Register.A0, 1);
    a.compressedBranch(Op.BEQ, Register.A0, end).compressedJump(end);
    a.bind(end).compressed(Op.JALR, Register.ZERO, 0, Register.RA);
    ByteBuffer halves = ByteBuffer.wrap(a.toBytes()).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(halves.remaining()).isEqualTo(8);
    assertThat(halves.getShort()).isEqualTo((short) 0x0505);
    assertThat(Disassembler.disassemble(2, halves.getShort())).isEqualTo("beq a0, zero, 0x6");
    assertThat(Disassembler.disassemble(4, halves.getShort())).isEqualTo("jal zero, 0x6");
    assertThat(halves.getShort()).isEqualTo((short) 0x8082);
  }

  @Test
  void anyConstantIsLoaded() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      assertLoaded(random.nextLong() >> random.nextInt(64) << random.nextInt(64));
    }
    for (int bit = 0; bit < 64; bit++) {
      for (long near : new long[] {-0x801, -0x800, -1, 0, 1, 0x7ff, 0x800}) {
        assertLoaded((1L << bit) + near);
        assertLoaded(-(1L << bit) + near);
      }
    }
  }

  private static void assertLoaded(long value) {
    byte[] code = new Assembler(0).li(Register.A0, value).toBytes();
    assertThat(code.length).isLessThanOrEqualTo(32);
    assertThat(run(code)).as("0x%x", value).isEqualTo(value);
  }

  /** What a0 holds after {@code li}'s few instructions. */
  private static long run(byte[] code) {
    ByteBuffer words = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
    long a0 = 0;
    while (words.hasRemaining()) {
      int word = words.getInt();
      int op = Decoder.op(word);
      long imm = Decoder.imm(op, word);
      boolean fromZero = (word >>> 15 & 31) == 0;
      a0 =
          switch (op) {
            case Op.LUI -> imm;
            case Op.ADDI -> (fromZero ? 0 : a0) + imm;
            case Op.ADDIW -> (int) (a0 + imm);
            case Op.SLLI -> a0 << imm;
            default -> throw new AssertionError(Disassembler.disassemble(0, word));
          };
    }
    return a0;
  }

  @Test
  void addressesAndCallsReachFar() {
    Label far = a.label("far");
    a.la(Register.A0, far).call(far).tail(far);
    far.bind(ORIGIN + 0x12345ffeL);
    assertThat(listing())
        .containsExactly(
            "auipc a0, 0x12346",
            "addi a0, a0, -2",
            "auipc ra, 0x12346",
            "jalr ra, -10(ra)",
            "auipc t1, 0x12346",
            "jalr zero, -18(t1)");
  }

  @Test
  void dataIsLittleEndianAndAligned() {
    a.data8(1).align(4).half(0x0302).zero(2).word(0x07060504).dword(-1).ascii("é");
    assertThat(a.toBytes())
        .startsWith(1, 0, 1, 0, 2, 3, 0, 0, 4, 5, 6, 7, -1)
        .endsWith(-1, 0xc3, 0xa9)
        .hasSize(22);
  }

  @Test
  void addressesOfLabelsAreData() {
    Label here = a.label();
    a.address(here).bind(here);
    ByteBuffer words = ByteBuffer.wrap(a.toBytes()).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(words.getLong()).isEqualTo(ORIGIN + 8);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertRefused(() -> a.op(Op.ADDI, 10, 10, 2048), "imm is 2048, expected -2048 to 2047");
    assertRefused(() -> a.op(Op.ADD, 10, 32, 10), "rs1 is 32, expected 0 to 31");
    assertRefused(() -> a.op(Op.SLLIW, 10, 10, 32), "shamt is 32, expected 0 to 31");
    assertRefused(() -> a.op(Op.BEQ, 1, 2, 3), "a multiple of 2 from -4096 to 4094");
    assertRefused(() -> a.op(Op.ADD, 10, 10), "expected 3 operands (rd, rs1, rs2), got [10, 10]");
    assertRefused(() -> a.op(Op.ADD, 1, 2, 3, 4), "expected 3 operands");
    assertRefused(() -> a.op(Op.ILLEGAL), "no operation 0");
    assertRefused(() -> a.compressed(Op.ADDI, 10, 11, 1), "no compressed form of addi a0, a1, 1");
    assertRefused(() -> a.align(3), "expected a power of two");
  }

  @Test
  void labelsAreBoundExactlyOnce() {
    Label label = a.label("here");
    assertRefused(label::address, "here is used but bound nowhere");
    a.bind(label);
    assertRefused(() -> a.bind(label), "label here is already bound at 0x80000000");
    a.j(a.label("missing"));
    assertRefused(a::toBytes, "missing is used but bound nowhere");
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}

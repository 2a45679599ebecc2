package atoll.isa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Code written as text. */
class AssemblyTextTest {
  private static final long ORIGIN = 0x8000_0000L;

  /** The instructions of {@code source}, as text. */
  private static List<String> listing(String source) {
    ByteBuffer code = ByteBuffer.wrap(Assembler.assemble(source, ORIGIN));
    code.order(ByteOrder.LITTLE_ENDIAN);
    List<String> texts = new ArrayList<>();
    while (code.hasRemaining()) {
      int at = code.position();
      int half = code.getShort();
      int bits = (half & 3) == 3 ? half & 0xffff | code.getShort() << 16 : half;
      texts.add(Disassembler.disassemble(ORIGIN + at, bits));
    }
    return texts;
  }

  @Test
  void aProgramWithLabelsCommentsAndPseudoInstructions() {
    assertThat(
            listing(
                """
                # sums 1 to 10
                start:  li   a0, 0          // the sum
                        li   a1, 10
                1:      add  a0, a0, a1 ; addi a1, a1, -1
                        bnez a1, 1b
                        beqz a1, 1f
                        c.nop
                1:      j    end
                        ld   a0, 8(sp)
                        sd   a0, (sp)
                end:    ret
                """))
        .containsExactly(
            "addi a0, zero, 0",
            "addi a1, zero, 10",
            "add a0, a0, a1",
            "addi a1, a1, -1",
            "bne a1, zero, 0x80000008",
            "beq a1, zero, 0x8000001a",
            "addi zero, zero, 0",
            "jal zero, 0x80000026",
            "ld a0, 8(sp)",
            "sd a0, 0(sp)",
            "jalr zero, 0(ra)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          mv a0, a1                | addi a0, a1, 0
          csrr a0, mhartid         | csrrs a0, mhartid, zero
          csrw 0x800, a0           | csrrw zero, 0x800, a0
          fence                    | fence iorw, iorw
          fence rw, w              | fence rw, w
          fence.tso                | fence.tso
          sfence.vma               | sfence.vma zero, zero
          amoadd.d.aqrl x1, x2, (x3) | amoadd.d.aqrl ra, sp, (gp)
          lr.w a0, 0(a1)           | lr.w a0, (a1)
          fcvt.w.s a0, fa0, rtz    | fcvt.w.s a0, fa0, rtz
          fadd.s f0, f1, f2        | fadd.s ft0, ft1, ft2
          fcvtmod.w.d a0, fa0      | fcvtmod.w.d a0, fa0, rtz
          fli.s fa0, 0.5           | fli.s fa0, 0.5
          fli.d fa0, inf           | fli.d fa0, inf
          mop.rr.7 a0, a1, a2      | mop.rr.7 a0, a1, a2
          andi a0, a0, ~7 & 0xff   | andi a0, a0, 248
          addi a0, a0, (1 << 4) - 'A' | addi a0, a0, -49
          addi a0, a0, 010         | addi a0, a0, 8
          addi a0, a0, -7 / 2 % 2  | addi a0, a0, -1
          addi a0, a0, 0b101 ^ 1   | addi a0, a0, 4
          beq a0, a1, .+8          | beq a0, a1, 0x80000008
          jal 0x80000010           | jal ra, 0x80000010
          lui a0, %hi(0x12345fff)  | lui a0, 0x12346
          lw a0, %lo(0x12345fff)(a0) | lw a0, -1(a0)
          c.addi16sp sp, -64       | addi sp, sp, -64
          c.ldsp a0, 8(sp)         | ld a0, 8(sp)
          c.lbu a0, 1(a1)          | lbu a0, 1(a1)
          c.mop.5                  | addi zero, zero, 0
          ntl.p1                   | add zero, zero, sp
          pause                    | pause
          cbo.zero (a0)            | cbo.zero (a0)
          prefetch.r 64(a0)        | prefetch.r 64(a0)
          """)
  void statementsMeanWhatTheyUsuallyDo(String source, String text) {
    assertThat(listing(source)).containsExactly(text);
  }

  @Test
  void dataDirectivesLayOutBytes() {
    byte[] bytes =
        Assembler.assemble(
            """
            .equ size, end - start
            start: .byte 1, -1, 'a', size
            .half 0xffff
            .align 2
            .asciz "a;#,\\n"
            .balign 8
            .dword start, end
            .float 1.0
            .double -inf
            .zero 3
            end:
            """,
            ORIGIN);
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes).hasSize(47).startsWith(1, -1, 'a', 47, -1, -1);
    assertThat(new String(bytes, 8, 6, java.nio.charset.StandardCharsets.US_ASCII))
        .isEqualTo("a;#,\n\0");
    assertThat(data.getLong(16)).isEqualTo(ORIGIN);
    assertThat(data.getLong(24)).isEqualTo(ORIGIN + 47);
    assertThat(data.getFloat(32)).isEqualTo(1.0f);
    assertThat(data.getDouble(36)).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @Test
  void addressesOfLaterLabelsAreLoaded() {
    assertThat(listing("la a0, there; call there; there: nop"))
        .containsExactly(
            "auipc a0, 0x0",
            "addi a0, a0, 16",
            "auipc ra, 0x0",
            "jalr ra, 8(ra)",
            "addi zero, zero, 0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          adi a0, a0, 1      | 'adi' is not an instruction of this machine
          mnret              | 'mnret' is not an instruction of this machine
          addi a0, a0        | expected 3 operands (rd, rs1, imm), got 2
          mv a0              | 'mv' does not take 1 operands
          add a0, fa1, a2    | 'fa1', expected an integer register
          fadd.s a0, fa1, fa2 | 'a0', expected a floating-point register
          fadd.s fa0, fa1, fa2, up | 'up', expected a rounding mode such as rne
          addi a0, a0, 4096  | imm is 4096, expected -2048 to 2047
          lw a0, a1          | 'a1', expected imm(rs1)
          lr.w a0, 8(a1)     | '8(a1)', expected no offset
          j nowhere          | nothing is called 'nowhere'
          li a0, 1 +         | found the end in '1 +', expected a value
          li a0, 1 2         | found '2' in '1 2', expected an operator or the end
          li a0, 99999999999999999999 | is not a number of at most 64 bits
          li a0, 1 / 0       | division by zero
          li a0, 0x1g        | found 'g'
          li a0, later       | li needs a constant known before
          c.addi a0, 100     | no compressed form of addi a0, a0, 100
          c.mop.4            | expected an odd number up to 15
          mop.r.40 a0, a1    | n is 40, expected 0 to 31
          fence a, b         | 'a', expected a set such as rw
          csrr a0, mstatush  | nothing is called 'mstatush'
          .byte 256          | 256 ('256') does not fit into 8 bits
          .bite 1            | unknown directive '.bite'
          .ascii hello       | hello, expected a text in quotes
          .float x           | 'x', expected a decimal number
          .align 99          | 99, expected 0 to 28
          beq a0, a1, .+5000 | target is 5000, expected a multiple of 2
          x: x: nop          | label x is already defined
          """)
  void mistakesNameLineStatementAndWhatWasExpected(String statement, String message) {
    assertThatThrownBy(() -> Assembler.assemble("nop\n" + statement + "\nlater:"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("line 2: " + statement)
        .hasMessageContaining(message);
  }
}

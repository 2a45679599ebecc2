package atoll.isa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What the table says about instructions. */
class InstructionTest {
  @Test
  void instructionsAreNumberedInTheOrderOfTheTable() {
    assertThat(Instruction.all()).hasSize(Op.COUNT - 1);
    for (int op = 1; op < Op.COUNT; op++) {
      assertThat(Instruction.of(op).op()).isEqualTo(op);
    }
  }

  @Test
  void noOperationIsRefused() {
    for (int op : new int[] {Op.ILLEGAL, -1, Op.COUNT}) {
      assertThatThrownBy(() -> Instruction.of(op))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no operation " + op);
    }
  }

  @Test
  void everySensitiveInstructionTrapsSomewhereAndSaysWhy() {
    for (Instruction instruction : Instruction.all()) {
      boolean innocuous = instruction.kind() == InstructionClass.INNOCUOUS;
      assertThat(instruction.rule() == TrapRule.NEVER).isEqualTo(innocuous);
      assertThat(instruction.reason().isEmpty()).isEqualTo(innocuous);
      assertThat(innocuous || instruction.reason().endsWith(".")).isTrue();
    }
  }

  @Test
  void sensitiveInstructionsAreThoseOfModeTranslationAndConfiguration() {
    List<String> sensitive =
        Instruction.all().stream()
            .filter(i -> i.kind().sensitive())
            .map(Instruction::name)
            .toList();
    assertThat(sensitive)
        .containsExactly(
            "csrrw",
            "csrrs",
            "csrrc",
            "csrrwi",
            "csrrsi",
            "csrrci",
            "ecall",
            "mret",
            "wfi",
            "sret",
            "sfence.vma",
            "sinval.vma",
            "cbo.inval",
            "hfence.vvma",
            "hfence.gvma",
            "hinval.vvma",
            "hinval.gvma",
            "hlv.b",
            "hlv.bu",
            "hlv.h",
            "hlv.hu",
            "hlvx.hu",
            "hlv.w",
            "hlv.wu",
            "hlvx.wu",
            "hlv.d",
            "hsv.b",
            "hsv.h",
            "hsv.w",
            "hsv.d");
  }

  @Test
  void flagsFollowFromTheEncoding() {
    for (Instruction instruction : Instruction.all()) {
      Encoding encoding = Encoding.parse(instruction.pattern());
      boolean floating = encoding.fields().keySet().stream().anyMatch(f -> f.matches("f[ds].?"));
      assertThat(instruction.is(Instruction.FP)).as(instruction.name()).isEqualTo(floating);
      boolean amo = (instruction.match() & 0x7f) == 0b0101111;
      assertThat(instruction.is(Instruction.AMO)).as(instruction.name()).isEqualTo(amo);
      boolean branch = (instruction.match() & 0x7f) == 0b1100011;
      assertThat(instruction.is(Instruction.BRANCH)).as(instruction.name()).isEqualTo(branch);
      assertThat(instruction.is(Instruction.JUMP)).isEqualTo(instruction.name().startsWith("jal"));
    }
  }

  @Test
  void immediatesAreThoseOfThePattern() {
    java.util.Random random = new java.util.Random(4);
    for (Instruction instruction : Instruction.all()) {
      for (int i = 0; i < 100; i++) {
        int word = instruction.match() | random.nextInt() & ~instruction.mask();
        assertThat(Decoder.imm(instruction.op(), word))
            .as(instruction.name())
            .isEqualTo(immediate(Encoding.parse(instruction.pattern()), instruction.op(), word));
      }
    }
  }

  private static int immediate(Encoding encoding, int op, int word) {
    if (encoding.has("imm") && op != Op.FENCE_I) {
      int shift = 32 - encoding.field("imm").width();
      return encoding.field("imm").get(word) << shift >> shift;
    }
    for (String name : List.of("shamt", "csr", "fli")) {
      if (encoding.has(name)) {
        return encoding.field(name).get(word);
      }
    }
    return op == Op.FENCE ? word >>> 20 : 0;
  }
}

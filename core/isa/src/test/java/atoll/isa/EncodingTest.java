package atoll.isa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.isa.InstructionTable.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** The table's patterns tell every instruction apart, also those that the machine lacks. */
class EncodingTest {
  private static final List<Row> ROWS = rows();

  private static List<Row> rows() {
    try {
      return InstructionTable.read(Path.of("src/main/insn/rv64.insn")).allRows();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void twoEncodingsOverlapOnlyWhereOneRefinesTheOther() {
    for (Row a : ROWS) {
      for (Row b : ROWS) {
        if (!a.equals(b) && overlap(a.encoding(), b.encoding())) {
          assertThat(refines(a, b) || refines(b, a)).as(a.name() + " and " + b.name()).isTrue();
        }
      }
    }
  }

  private static boolean overlap(Encoding a, Encoding b) {
    return ((a.match() ^ b.match()) & a.mask() & b.mask()) == 0;
  }

  /** Every word of {@code a} is one of {@code b}. */
  private static boolean refines(Row a, Row b) {
    return a.refines() && (a.encoding().mask() & b.encoding().mask()) == b.encoding().mask();
  }

  @Test
  void decoderFindsEveryInstructionWhateverItsFieldsHold() {
    RandomGenerator random = new java.util.Random(1);
    for (Instruction instruction : Instruction.all()) {
      for (int i = 0; i < 1000; i++) {
        int word = instruction.match() | random.nextInt() & ~instruction.mask();
        assertThat(Decoder.op(word))
            .as(instruction.name())
            .isIn(instruction.op(), refinement(word, instruction));
      }
    }
  }

  private static int refinement(int word, Instruction of) {
    return Instruction.all().stream()
        .filter(i -> i.is(Instruction.REFINES) && !i.equals(of) && (word & i.mask()) == i.match())
        .mapToInt(Instruction::op)
        .findFirst()
        .orElse(of.op());
  }

  @Test
  void decoderAgreesWithALinearSearchOnRandomWords() {
    RandomGenerator random = new java.util.Random(2);
    for (int i = 0; i < 300_000; i++) {
      int word = random.nextInt() | 3;
      assertThat(Decoder.op(word)).isEqualTo(linear(word));
    }
  }

  private static int linear(int word) {
    int found = Op.ILLEGAL;
    for (Instruction instruction : Instruction.all()) {
      boolean matches = (word & instruction.mask()) == instruction.match();
      if (matches && (found == Op.ILLEGAL || instruction.is(Instruction.REFINES))) {
        found = instruction.op();
      }
    }
    return found;
  }

  @Test
  void instructionsOfAnExtensionThatTheMachineHasNotAreIllegal() {
    int[] absent =
        ROWS.stream()
            .filter(r -> r.extension().equals("Smrnmi"))
            .mapToInt(r -> r.encoding().match())
            .toArray();
    assertThat(absent).hasSize(1);
    for (int word : absent) {
      assertThat(Decoder.op(word)).isEqualTo(Op.ILLEGAL);
    }
  }

  @Test
  void malformedPatternsAreRefused() {
    assertThatThrownBy(() -> Encoding.parse("0000000 rs2 rs1 000 rd 011001"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("31 bits instead of 32");
    assertThatThrownBy(() -> Encoding.parse("0000000 rs9 rs1 000 rd 0110011"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unknown field rs9");
  }
}

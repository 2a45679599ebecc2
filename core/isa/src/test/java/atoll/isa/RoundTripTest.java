package atoll.isa;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the disassembler writes, the assembler reads back. */
class RoundTripTest {
  private static final long ORIGIN = 0x8000_0000L;
  private static final int WORDS_PER_INSTRUCTION = 200;

  @Test
  void everyInstructionComesBackWhateverItsOperands() {
    Random random = new Random(3);
    for (Instruction instruction : Instruction.all()) {
      for (int i = 0; i < WORDS_PER_INSTRUCTION; i++) {
        int word =
            instruction.match() | random.nextInt() & ~instruction.mask() & ~ignored(instruction);
        assertThat(assembled(Disassembler.disassemble(ORIGIN, word)))
            .as(Disassembler.disassemble(ORIGIN, word))
            .isEqualTo(word);
      }
    }
  }

  /**
   * Fields that the specification reserves and has ignored: assembly text has no place for them.
   */
  private static int ignored(Instruction instruction) {
    return switch (instruction.op()) {
      case Op.FENCE -> 0xf00fff80;
      case Op.FENCE_I -> 0xffff8f80;
      default -> 0;
    };
  }

  private static int assembled(String text) {
    byte[] bytes = Assembler.assemble(text, ORIGIN);
    assertThat(bytes).hasSize(4);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  @Test
  void dataComesBack() {
    assertThat(assembled(Disassembler.disassemble(ORIGIN, 0xffffffff))).isEqualTo(0xffffffff);
    assertThat(Assembler.assemble(Disassembler.disassemble(ORIGIN, 0))).containsExactly(0, 0);
  }

  @Test
  void everyShortFormIsFoundForItsExpansion() {
    for (int half = 0; half <= 0xffff; half++) {
      int word = Decoder.expand(half);
      if (word != 0) {
        assertThat(Decoder.expand(Compressed.compress(word))).isEqualTo(word);
      }
    }
  }
}

package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Assembler;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Code that goes over the borders of the pieces in which a page is decoded, and changes there. */
class CodePieceTest extends Conformance {
  /** Rounds of a loop after which each engine has its page in its last form. */
  private static final int ROUNDS = 20_000;

  private static final String ADD = "addi a0, a0, 1\n";

  /** {@code addi a0, a0, 2}, which a guest writes over {@link #ADD}. */
  private static final long CHANGED =
      ByteBuffer.wrap(Assembler.assemble("addi a0, a0, 2")).order(ByteOrder.LITTLE_ENDIAN).getInt();

  private void runs(String source) {
    assertThat(m.code(source + "\n ebreak").runHot().cause()).isEqualTo(Cause.BREAKPOINT);
  }

  /** Counts down s0 in each of three places, some pieces apart and in another page. */
  private static String loop(int distance) {
    return """
    li s0, %1$d
    1: addi a0, a0, 1
      j 2f
      .zero %2$d
    3: addi s0, s0, -1
      bnez s0, 1b
      ebreak
      .zero %2$d
    2: addi a1, a1, 1
      j 3b
    """
        .formatted(ROUNDS, distance);
  }

  @Test
  void fullSizeInstructionsAcrossEachBorderAreExecutedWhole() {
    runs("c.nop\n" + ADD.repeat(3000));
    assertThat(m.x("a0")).isEqualTo(3000);
    m.reset();
    runs("li s0, 200; c.nop; 1:\n" + ADD.repeat(900) + "addi s0, s0, -1; beqz s0, 2f; j 1b; 2:");
    assertThat(m.x("a0")).isEqualTo(200 * 900);
  }

  @Test
  void compressedInstructionsUpToEachBorderAreExecutedOnce() {
    runs("c.addi a0, 1\n".repeat(3000));
    assertThat(m.x("a0")).isEqualTo(3000);
  }

  @Test
  void aLoopInManyPiecesOrTwoPagesDoesAllItsRounds() {
    for (int distance : new int[] {0, 200, 700, 1500, 2600}) {
      m.reset();
      runs(loop(distance));
      assertThat(m.x("a0")).isEqualTo(ROUNDS);
      assertThat(m.x("a1")).isEqualTo(ROUNDS);
    }
  }

  @Test
  void anIndirectJumpToAnyPieceArrives() {
    runs(
        """
          li s0, 4000
          li s1, 0
          la s2, 2f
          li s3, 1984
        1: add t0, s2, s1
          jr t0
        3: addi s1, s1, 64
          and s1, s1, s3
          addi s0, s0, -1
          bnez s0, 1b
          ebreak
          .balign 64
        2:
        """
            + "addi a0, a0, 1\n j 3b\n .balign 64\n".repeat(32));
    assertThat(m.x("a0")).isEqualTo(4000);
  }

  /**
   * The border is that of the first page's {@code bytes}; the changed instruction begins before.
   */
  private void changedAcross(int bytes, String fence) {
    m.reset();
    long target = MachineFixture.CODE + 4096 + bytes - 2;
    m.place(target, ADD + " ret");
    m.x("s1", target).x("t1", CHANGED);
    runs(
        """
          li s0, %1$d
        1: jalr s1
          addi s0, s0, -1
          bnez s0, 1b
          srli t2, t1, 16
          sh t2, 2(s1)
          %2$s
          li s0, %1$d
        2: jalr s1
          addi s0, s0, -1
          bnez s0, 2b
        """
            .formatted(ROUNDS, fence));
    assertThat(m.x("a0")).as("a border at %d", bytes).isEqualTo(3L * ROUNDS);
  }

  @Test
  void aStoreBehindABorderChangesTheInstructionThatBeginsBeforeIt() {
    for (int border : new int[] {256, 512, 1024, 2048}) {
      changedAcross(border, "fence.i");
      changedAcross(border, ""); // Atoll's code is coherent without
    }
  }

  @Test
  void aDevicesChangeOfAnInstructionAcrossABorderIsSeen() {
    long target = MachineFixture.CODE + 4096 + 254;
    m.place(target, ADD + " ebreak");
    for (int round = 0; round < 300; round++) {
      m.place(target, round % 2 == 0 ? "addi a0, a0, 2" : ADD);
      m.hart().pc(target);
      m.x("a0", 0);
      m.csr(CsrNumber.MCAUSE, 0);
      assertThat(m.run().cause()).isEqualTo(Cause.BREAKPOINT);
      assertThat(m.x("a0")).isEqualTo(round % 2 == 0 ? 2 : 1);
    }
  }
}

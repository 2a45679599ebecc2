package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Hart;
import atoll.isa.Cause;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/**
 * Code that changes under an engine that has taken it for hot: by its own stores, under another
 * name, by another hart, by a device; and control that goes where no engine expects it.
 */
class HostileCodeTest extends HotTranslated {
  private static final long VA = 0x1000_0000L;

  /** As many as an immediate can count. */
  private static final int STEPS = 2000;

  private static final long SUM = STEPS * (STEPS + 1L) / 2;

  // ------------------------------------------------------------ a hart's own stores

  @Test
  void anInstructionChangedJustAheadOfThePcIsExecutedAsChanged() {
    for (String between : new String[] {"", "nop", "nop; nop; nop", "j 3f; nop; 3:", "fence.i"}) {
      Trap t =
          hot(
              """
              li s0, 0; li s1, %d; la t0, 2f; lw t1, 0(t0); li t2, 1 << 20
              1: add t1, t1, t2; sw t1, 0(t0)
              %s
              2: addi s0, s0, 0
              addi s1, s1, -1; bnez s1, 1b
              """
                  .formatted(STEPS, between));
      assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
      assertThat(m.x("s0")).as(between).isEqualTo(SUM);
    }
  }

  @Test
  void anInstructionChangedNowAndThenIsExecutedAsChanged() {
    // Long enough between two changes for the loop to become hot again.
    Trap t =
        hot(
            """
            li s0, 0; li s1, %d; la t0, 2f; lw t1, 0(t0); li t2, 1 << 20
            1: li t3, 4095; and t3, t3, s1; bnez t3, 2f
            add t1, t1, t2; sw t1, 0(t0)
            2: addi s0, s0, 0
            addi s1, s1, -1; bnez s1, 1b
            """
                .formatted(50 * 4096));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    // The first change comes at once, the others after 4,096 rounds each: 1, 2, 3, ...
    assertThat(m.x("s0")).isEqualTo(4096L * 50 * 51 / 2);
  }

  @Test
  void everyWidthOfStoreChangesCode() {
    String[] stores = {"sb t4, 3(t0)", "sh t4, 2(t0)", "sw t1, 0(t0)", "sd t5, 0(t0)"};
    int[] shifts = {24, 16, 0, 0};
    for (int i = 0; i < stores.length; i++) {
      Trap t =
          hot(
              """
              li s0, 0; li s1, %d; la t0, 2f; lw t1, 0(t0); ld t5, 0(t0); li t2, 1 << 24
              1: xor t1, t1, t2; xor t5, t5, t2; srli t4, t1, %d; %s
              nop
              .balign 8
              2: addi s0, s0, 1
              nop
              addi s1, s1, -1; bnez s1, 1b
              """
                  .formatted(TIMES, shifts[i], stores[i]));
      assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
      assertThat(m.x("s0")).as(stores[i]).isEqualTo(TIMES / 2 * 17 + TIMES / 2);
    }
  }

  @Test
  void codeOnThePageBeforeIsExecutedAsChanged() {
    Trap t =
        hot(
            """
            j 4f
            2: addi s0, s0, 0
            ret
            .balign 4096
            4: li s0, 0; li s1, %d; la t0, 2b; lw t1, 0(t0); li t2, 1 << 20
            1: add t1, t1, t2; sw t1, 0(t0)
            jal 2b
            addi s1, s1, -1; bnez s1, 1b
            """
                .formatted(STEPS));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s0")).isEqualTo(SUM);
  }

  @Test
  void aStoreAcrossTwoPagesOfCodeChangesBoth() {
    // The last half of one page and the first of the next: an instruction and its neighbour.
    Trap t =
        hot(
            """
            j 4f
            .balign 4096
            .zero 4088
            2: addi s0, s0, 1
            addi s0, s0, 1
            addi s2, s2, 1
            ret
            4: li s0, 0; li s2, 0; li s1, %d; la t0, 2b; ld t1, 4(t0); li t2, (1 << 20) | (1 << 52)
            1: xor t1, t1, t2; sd t1, 4(t0)
            jal 2b
            addi s1, s1, -1; bnez s1, 1b
            """
                .formatted(TIMES));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s0")).isEqualTo(TIMES + TIMES / 2);
    assertThat(m.x("s2")).isEqualTo(TIMES / 2);
  }

  @Test
  void eachHalfOfAnInstructionAcrossTwoPagesIsExecutedAsChanged() {
    String across =
        """
        j 4f
        .balign 4096
        .zero 4094
        2: addi s0, s0, %d
        ret
        4: li s0, 0; li s1, %d; la t0, 2b; lhu t1, %d(t0); li t2, %d
        1: %s t1, t1, t2; sh t1, %d(t0)
        jal 2b
        addi s1, s1, -1; bnez s1, 1b
        """;
    Trap t = hot(across.formatted(0, STEPS, 2, 1 << 4, "add", 2));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s0")).isEqualTo(SUM);
    // The destination is in the first half: s2 and s0 in turn.
    t = hot(across.formatted(1, TIMES, 0, (8 ^ 18) << 7, "xor", 0));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s0")).isEqualTo(TIMES / 2);
    assertThat(m.x("s2")).isEqualTo(TIMES / 2);
  }

  @Test
  void atomicsAndBlockZeroingChangeCodeToo() {
    Trap t =
        hot(
            """
            li s0, 0; li s1, %d; la t0, 2f; li t2, 1 << 24
            1: amoxor.w zero, t2, (t0)
            .balign 4
            2: addi s0, s0, 1
            addi s1, s1, -1; bnez s1, 1b
            """
                .formatted(TIMES));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s0")).isEqualTo(TIMES / 2 * 17 + TIMES / 2);
    t =
        hot(
            """
            li s1, %d; la t0, 2f
            1: jal 2f; addi s1, s1, -1; bnez s1, 1b
            cbo.zero (t0); jal 2f
            ebreak
            .balign 64
            2: ret
            .balign 64
            """
                .formatted(TIMES));
    assertThat(t.cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    assertThat(t.epc() & 63).isZero();
  }

  @Test
  void dataBesideHotCodeIsJustData() {
    Trap t =
        hot(
            """
            li s1, %d; la t0, 2f
            1: ld t1, 0(t0); addi t1, t1, 3; sd t1, 0(t0); addi s1, s1, -1; bnez s1, 1b
            ld s0, 0(t0)
            ebreak
            .balign 8
            2: .dword 0
            """
                .formatted(10 * TIMES));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s0")).isEqualTo(30L * TIMES);
  }

  // ------------------------------------------------------------ under another name

  @Test
  void codeChangedThroughAnotherAddressIsExecutedAsChanged() {
    for (int level = 0; level < 2; level++) {
      prepare();
      tables.map(VA, FRAME, ALL & ~PageTables.W);
      long alias = VA + 0x4000_0000L;
      tables.map(alias, level == 0 ? FRAME : FRAME & -0x200000L, ALL & ~PageTables.X, level);
      long write = level == 0 ? alias : alias + (FRAME & 0x1fffff);
      m.place(FRAME, "addi s0, s0, 0; ret");
      Trap t =
          hotInS(
              """
              li s0, 0; li s1, %d; li a0, %d; li t0, %d; lw t1, 0(t0); li t2, 1 << 20
              1: add t1, t1, t2; sw t1, 0(t0); jalr a0
              addi s1, s1, -1; bnez s1, 1b
              """
                  .formatted(STEPS, VA, write));
      assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
      assertThat(m.x("s0")).isEqualTo(SUM);
    }
  }

  // ------------------------------------------------------------ by others

  @Test
  void codeThatADeviceHasWrittenIsExecutedAsWritten() {
    for (int step = 1; step < 20; step++) {
      m.place(FRAME, "addi s0, s0, %d; ret".formatted(step));
      Trap t =
          hot(
              "li s0, 0; li s1, %d; li a0, %d; 1: jalr a0; addi s1, s1, -1; bnez s1, 1b"
                  .formatted(TIMES, FRAME));
      assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
      assertThat(m.x("s0")).isEqualTo((long) step * TIMES);
    }
  }

  @Test
  void aDeviceMayWriteInTheMiddleOfAHotLoop() {
    m.device((write, address, size, value) -> {
      m.memory().putInt(FRAME, 0x00040413 | (int) value << 20); // addi s0, s0, value
      return 0;
    });
    m.place(FRAME, "addi s0, s0, 0; ret");
    Trap t =
        hot(
            """
            li s0, 0; li s1, %d; li a0, %d; li a1, 0x10000000
            1: sw s1, 0(a1); jalr a0; addi s1, s1, -1; bnez s1, 1b
            """
                .formatted(STEPS, FRAME));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s0")).isEqualTo(SUM);
  }

  @Test
  void codeThatAnotherHartHasStoredIsExecutedAsStored() {
    try (MachineFixture two = new MachineFixture(engine, 2)) {
      Hart first = two.hart();
      Hart second = two.group().harts().get(1);
      two.place(FRAME, "addi s0, s0, 0; ret");
      two.place(
          MachineFixture.CODE + 0x1000,
          "li t0, %d; li t2, 1 << 20; lw t1, 0(t0); add t1, t1, t2; sw t1, 0(t0); 1: j 1b"
              .formatted(FRAME));
      for (int step = 0; step < 50; step++) {
        two.code(
            "li s0, 0; li s1, %d; li a0, %d; 1: jalr a0; addi s1, s1, -1; bnez s1, 1b; ebreak"
                .formatted(5000, FRAME));
        assertThat(two.runHot().cause()).isEqualTo(Cause.BREAKPOINT);
        assertThat(first.x(8)).isEqualTo(5000L * step);
        second.pc(MachineFixture.CODE + 0x1000);
        second.run(100);
      }
    }
  }

  @Test
  void aHartInAHotLoopSeesWhatAnotherStoresThere() throws InterruptedException {
    try (MachineFixture two = new MachineFixture(engine, 2)) {
      Hart second = two.group().harts().get(1);
      two.place(FRAME, "li a1, 0; ret");
      two.place(
          MachineFixture.CODE + 0x1000,
          """
          li t3, 300000; 1: addi t3, t3, -1; bnez t3, 1b
          li t0, %d; lw t1, 0(t0); li t2, 1 << 20; add t1, t1, t2; sw t1, 0(t0); fence; 1: j 1b
          """
              .formatted(FRAME));
      second.pc(MachineFixture.CODE + 0x1000);
      Thread other =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 10; i++) {
                  second.run(100_000);
                }
              });
      two.code("li a0, %d; 1: fence.i; jalr a0; beqz a1, 1b; ebreak".formatted(FRAME));
      assertThat(two.runHot().cause()).isEqualTo(Cause.BREAKPOINT);
      assertThat(two.x("a1")).isEqualTo(1);
      assertThat(other.join(LIMIT)).isTrue();
    }
  }

  // ------------------------------------------------------------ where control goes

  @Test
  void theMiddleOfAnInstructionIsAnInstructionOfItsOwn() {
    // lui a1, 0x00854 holds in its upper half 0x0085: c.addi ra, 1 ... so one with s0 is built:
    // 0x0405.
    int lui = 0x0405 << 16 | 11 << 7 | 0x37;
    Trap t =
        hot(
            """
            li s0, 0; li s1, %d; li s2, 0
            1: andi a0, s1, 1; bnez a0, . + 6
            .word 0x%08x
            addi s2, s2, 1
            addi s1, s1, -1; bnez s1, 1b
            """
                .formatted(TIMES, lui));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s0")).isEqualTo(TIMES / 2);
    assertThat(m.x("s2")).isEqualTo(TIMES);
    assertThat(m.x("a1")).isEqualTo(0x0405 << 16);
  }

  @Test
  void returnsGoWhereTheReturnAddressSaysAndNotWhereTheCallWas() {
    Trap t =
        hot(
            """
            li s0, 0; li s1, %d; la a1, 5f
            1: jal 2f
            addi s0, s0, 1
            3: addi s1, s1, -1; bnez s1, 1b
            ebreak
            2: andi a0, s1, 1; beqz a0, 4f; mv ra, a1
            4: ret
            5: addi s0, s0, 100; j 3b
            """
                .formatted(TIMES));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s0")).isEqualTo(TIMES / 2 * 101);
  }

  @Test
  void recursionDeeperThanAnyCacheOfReturnsComesBack() {
    Trap t =
        hot(
            """
            li s1, 20; li s0, 0; la sp, %d
            1: li a0, 10000; jal 2f; addi s1, s1, -1; bnez s1, 1b
            ebreak
            2: addi sp, sp, -16; sd ra, 0(sp); addi s0, s0, 1
            addi a0, a0, -1; beqz a0, 3f; jal 2b
            3: ld ra, 0(sp); addi sp, sp, 16; ret
            """
                .formatted(MachineFixture.DATA + 0x80000));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s0")).isEqualTo(200_000);
  }

  /** Twelve MiB of distinct code, written anew several times: more than a code cache holds. */
  @Test
  void moreCodeThanAnyCacheHoldsRunsAndRunsAgain() {
    long start = MachineFixture.TABLES;
    int functions = 48_000;
    byte[] code = new byte[functions * 256];
    for (int round = 1; round <= 4; round++) {
      for (int i = 0; i < functions; i++) {
        byte[] one = function(i * 7 + round);
        System.arraycopy(one, 0, code, i * 256, one.length);
      }
      m.memory().write(start, code);
      Trap t =
          hot(
              """
              li s0, 0; li s2, 2
              2: li a0, %d; li s1, %d
              1: jalr a0; addi a0, a0, 256; addi s1, s1, -1; bnez s1, 1b
              addi s2, s2, -1; bnez s2, 2b
              """
                  .formatted(start, functions));
      assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
      long expected = 0;
      for (int i = 0; i < functions; i++) {
        expected += 2L * 20 * (i * 7 + round & 1023);
      }
      assertThat(m.x("s0")).as("round %d", round).isEqualTo(expected);
    }
  }

  /** Adds a number twenty times, in as many blocks. */
  private static byte[] function(int number) {
    int add = 0x00040413 | (number & 1023) << 20; // addi s0, s0, number
    ByteBuffer out = ByteBuffer.allocate(20 * 8 + 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 20; i++) {
      out.putInt(add).putInt(0x00001263); // bne zero, zero, . + 4: the end of a block
    }
    return out.putInt(0x00008067).array(); // ret
  }
}

package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.RemoteFence;
import atoll.isa.Assembler;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import org.junit.jupiter.api.Test;

/**
 * Code that an engine has taken for hot while its page is mapped elsewhere, loses rights, or
 * belongs to another address space or mode.
 */
class HostileMappingTest extends HotTranslated {
  private static final long VA = 0x1000_0000L;
  private static final long SECOND_TABLES = MachineFixture.TABLES + 0x100000;

  /** Frames, each with a function that adds its own number to s0. */
  private void functions(int count) {
    for (int i = 0; i < count; i++) {
      m.place(FRAME + i * 4096L, "addi s0, s0, %d; ret".formatted(i));
    }
  }

  @Test
  void codeWhosePageIsMappedElsewhereIsTheOtherPagesCode() {
    for (String fence : new String[] {"sfence.vma", "sfence.vma a0", "sfence.vma a0, zero"}) {
      prepare();
      functions(2);
      tables.map(VA, FRAME, ALL);
      long one = PageTables.pte(FRAME, ALL);
      long other = PageTables.pte(FRAME + 4096, ALL);
      Trap t =
          hotInS(
              """
              li s0, 0; li s1, %d; li a0, %d; li t0, %d; li t1, %d; li t2, %d
              1: jalr a0; xor t1, t1, t2; sd t1, 0(t0); %s
              addi s1, s1, -1; bnez s1, 1b
              """
                  .formatted(TIMES, VA, tables.entry(VA, 0), one, one ^ other, fence));
      assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
      assertThat(m.x("s0")).as(fence).isEqualTo(TIMES / 2);
    }
  }

  /** With SUM set there is a page to load from then, but none to store to. */
  @Test
  void hotCodeThatCouldNotRunInOneModeRemembersNothingOfItInAnother() {
    prepare();
    m.place(FRAME, "li t2, 8; 1: ld t0, 0(a0); sd t0, 0(a1); addi t2, t2, -1; bnez t2, 1b; ret");
    tables.map(VA, FRAME, ALL);
    tables.map(VA + 4096, FRAME + 4096, ALL);
    tables.map(VA + 8192, FRAME + 8192, ALL | PageTables.U);
    Trap t =
        hotInS(
            """
            li s0, %d; li s1, %d; li s2, %d; li s3, %d; li s4, 0x40000
            mv a0, s2; addi a1, s2, 8
            1: jalr s1; addi s0, s0, -1; bnez s0, 1b
            li s0, 500
            2: sfence.vma s3
            csrs sstatus, s4; mv a0, s3; addi a1, s3, 8; ld t1, 0(a0); jalr s1
            li t2, 100; 3: addi t2, t2, -1; bnez t2, 3b
            csrc sstatus, s4; mv a0, s2; addi a1, s2, 8; addi s0, s0, -1; bnez s0, 4f
            mv a0, s3
            4: jalr s1; j 2b
            """
                .formatted(TIMES, VA, VA + 4096, VA + 8192));
    assertThat(t.cause()).isEqualTo(Cause.LOAD_PAGE_FAULT);
    assertThat(t.tval()).isEqualTo(VA + 8192);
  }

  @Test
  void codeWhosePageIsMappedElsewhereNowAndThenIsTheOtherPagesCode() {
    prepare();
    functions(2);
    tables.map(VA, FRAME, ALL);
    long one = PageTables.pte(FRAME, ALL);
    long other = PageTables.pte(FRAME + 4096, ALL);
    Trap t =
        hotInS(
            """
            li s0, 0; li s1, %d; li a0, %d; li t0, %d; li t1, %d; li t2, %d; li t4, 4095
            1: jalr a0; and t3, s1, t4; bnez t3, 2f
            xor t1, t1, t2; sd t1, 0(t0); sfence.vma a0
            2: addi s1, s1, -1; bnez s1, 1b
            """
                .formatted(40 * 4096, VA, tables.entry(VA, 0), one, one ^ other));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    // The first change comes after one round, each of the others after 4,096: 0, 1, 0, 1, ...
    assertThat(m.x("s0")).isEqualTo(20 * 4096);
  }

  @Test
  void theSecondHalfOfAnInstructionComesFromWhereItsPageIsMappedNow() {
    prepare();
    tables.map(VA, FRAME, ALL);
    tables.map(VA + 4096, FRAME + 4096, ALL);
    m.memory().write(FRAME + 4094, Assembler.assemble("addi s0, s0, 1; ret"));
    m.memory().putShort(FRAME + 8192, (short) 0x0024); // the upper half of addi s0, s0, 2
    m.memory().write(FRAME + 8194, Assembler.assemble("ret"));
    long one = PageTables.pte(FRAME + 4096, ALL);
    long other = PageTables.pte(FRAME + 8192, ALL);
    Trap t =
        hotInS(
            """
            li s0, 0; li s1, %d; li a0, %d; li t0, %d; li t1, %d; li t2, %d; li a1, %d
            1: jalr a0; xor t1, t1, t2; sd t1, 0(t0); sfence.vma a1
            addi s1, s1, -1; bnez s1, 1b
            """
                .formatted(
                    TIMES, VA + 4094, tables.entry(VA + 4096, 0), one, one ^ other, VA + 4096));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s0")).isEqualTo(TIMES / 2 * 3);
    // Without the second page the instruction faults there and has done nothing.
    tables.map(VA + 4096, FRAME + 4096, ALL);
    t =
        hotInS(
            """
            li s0, 0; li s1, %d; li a0, %d; li t0, %d; li a1, %d
            1: jalr a0; addi s1, s1, -1; bnez s1, 1b
            sd zero, 0(t0); sfence.vma a1; jalr a0
            """
                .formatted(TIMES, VA + 4094, tables.entry(VA + 4096, 0), VA + 4096));
    assertThat(t.cause()).isEqualTo(pageFault(EXECUTE));
    assertThat(t.epc()).isEqualTo(VA + 4094);
    assertThat(t.tval()).isEqualTo(VA + 4096);
    assertThat(m.x("s0")).isEqualTo(TIMES);
  }

  @Test
  void straightCodeDoesNotRunOnIntoAPageThatIsGone() {
    prepare();
    tables.map(VA, FRAME, ALL);
    tables.map(VA + 4096, FRAME + 4096, ALL);
    m.memory().write(FRAME + 4092, Assembler.assemble("addi s0, s0, 1; addi s2, s2, 1; ret"));
    Trap t =
        hotInS(
            """
            li s0, 0; li s2, 0; li s1, %d; li a0, %d; li t0, %d; li a1, %d
            1: jalr a0; addi s1, s1, -1; bnez s1, 1b
            sd zero, 0(t0); sfence.vma a1; jalr a0
            """
                .formatted(TIMES, VA + 4092, tables.entry(VA + 4096, 0), VA + 4096));
    assertThat(t.cause()).isEqualTo(pageFault(EXECUTE));
    assertThat(t.epc()).isEqualTo(VA + 4096);
    assertThat(t.tval()).isEqualTo(VA + 4096);
    assertThat(m.x("s0")).isEqualTo(TIMES + 1);
    assertThat(m.x("s2")).isEqualTo(TIMES);
  }

  @Test
  void takingTheRightToExecuteAwayEndsAHotLoop() {
    prepare();
    tables.map(VA, FRAME, ALL);
    functions(1);
    Trap t =
        hotInS(
            """
            li s1, %d; li a0, %d; li t0, %d; li t1, %d
            1: jalr a0; addi s1, s1, -1; bnez s1, 1b
            sd t1, 0(t0); sfence.vma a0; jalr a0
            """
                .formatted(
                    TIMES, VA, tables.entry(VA, 0), PageTables.pte(FRAME, ALL & ~PageTables.X)));
    assertThat(t.cause()).isEqualTo(pageFault(EXECUTE));
    assertThat(t.epc()).isEqualTo(VA);
  }

  @Test
  void aRemoteFenceReachesHotCode() {
    prepare();
    functions(8);
    for (int i = 0; i < 8; i++) {
      tables.map(VA, FRAME + i * 4096L, ALL);
      m.group().postFence(1, new RemoteFence.Address(VA, 4096, -1));
      m.code(
          "li s0, 0; li s1, %d; li a0, %d; 1: jalr a0; addi s1, s1, -1; bnez s1, 1b; ebreak"
              .formatted(TIMES, VA));
      m.csr(CsrNumber.SATP, tables.satp(3));
      m.enter(S);
      assertThat(m.runHot().cause()).isEqualTo(Cause.BREAKPOINT);
      assertThat(m.x("s0")).isEqualTo((long) i * TIMES);
      m.hart().pc(MachineFixture.CODE);
    }
  }

  @Test
  void manyAddressSpacesRunTheirOwnCodeAtTheSameAddress() {
    prepare();
    int spaces = 40;
    functions(spaces);
    long list = MachineFixture.DATA + 0x80000;
    for (int i = 0; i < spaces; i++) {
      PageTables space = new PageTables(m.memory(), 3, SECOND_TABLES + i * 0x10000L);
      space.map(MachineFixture.CODE, MachineFixture.CODE, ALL | PageTables.G);
      space.map(list, list, ALL | PageTables.G);
      space.map(VA, FRAME + i * 4096L, ALL);
      m.memory().putLong(list + i * 8L, space.satp(i + 1));
    }
    tables.map(list, list, ALL);
    Trap t =
        hotInS(
            """
            li s0, 0; li s1, %d; li a0, %d; li a1, %d
            2: li a2, %d; mv a3, a1
            1: ld a4, 0(a3); csrw satp, a4; jalr a0; jalr a0; addi a3, a3, 8; addi a2, a2, -1; bnez a2, 1b
            addi s1, s1, -1; bnez s1, 2b
            """
                .formatted(1000, VA, list, spaces));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s0")).isEqualTo(2 * 1000L * spaces * (spaces - 1) / 2);
  }

  @Test
  void returningToASpaceFindsItsMappingAsItIsNow() {
    prepare();
    functions(3);
    PageTables other = new PageTables(m.memory(), 3, SECOND_TABLES);
    other.map(MachineFixture.CODE, MachineFixture.CODE, ALL);
    tables.map(VA, FRAME, ALL);
    other.map(VA, FRAME + 4096, ALL);
    // While the second space is in force, the first one's page changes, and a fence names its ASID.
    Trap t =
        hotInS(
            """
            li s0, 0; li s1, %d; li a0, %d; li t0, %d; li t1, %d; li t2, %d; li a1, %d; li a2, %d; li a3, 1
            1: csrw satp, a1; jalr a0; sd t1, 0(t0); xor t1, t1, t2
            csrw satp, a2; jalr a0; sfence.vma zero, a3
            addi s1, s1, -1; bnez s1, 1b
            """
                .formatted(
                    TIMES,
                    VA,
                    tables.entry(VA, 0),
                    PageTables.pte(FRAME + 8192, ALL),
                    PageTables.pte(FRAME + 8192, ALL) ^ PageTables.pte(FRAME, ALL),
                    tables.satp(1),
                    other.satp(2)));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    // 0, 2, 0, 2, ... in the first space, 1 each time in the second.
    assertThat(m.x("s0")).isEqualTo(TIMES / 2 * 2 + TIMES);
  }

  @Test
  void codeOfUserModeIsNotRunInSupervisorModeHoweverHotItIs() {
    prepare();
    tables.map(VA, FRAME, ALL | PageTables.U);
    m.place(FRAME, "1: addi s1, s1, -1; bnez s1, 1b; ebreak");
    m.reset();
    m.csr(CsrNumber.SATP, tables.satp(0));
    m.x("s1", TIMES);
    m.hart().pc(VA);
    m.enter(U);
    assertThat(m.runHot().cause()).isEqualTo(Cause.BREAKPOINT);
    Trap t = hotInS("li s1, 5; li a0, %d; jr a0".formatted(VA));
    assertThat(t.cause()).isEqualTo(pageFault(EXECUTE));
    assertThat(t.epc()).isEqualTo(VA);
  }
}

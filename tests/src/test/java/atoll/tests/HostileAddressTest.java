package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Assembler;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import org.junit.jupiter.api.Test;

/**
 * Addresses and page tables that a guest would choose to get out of its memory: whatever an engine
 * keeps of earlier translations, the architecture's answer is the only one.
 */
class HostileAddressTest extends HotTranslated {
  private static final long LAST_PAGE = -4096L;
  private static final long END_OF_RAM = MachineFixture.RAM + MachineFixture.RAM_SIZE;
  private static final long GIGAPAGE = 0x4000_0000L;

  /** The lowest address of Sv39's hole. */
  private static final long HOLE = 1L << 38;

  private static final String[] LOADS = {"lb", "lh", "lw", "ld", "lbu", "flw", "fld"};
  private static final String[] STORES = {"sb", "sh", "sw", "sd", "fsw", "fsd"};

  private void faults(String access, long va, long expectedCause, long expectedValue) {
    Trap t = hotInS("li a0, %d; %s a1, 0(a0)".formatted(va, access));
    assertThat(t.cause()).as("%s at %x", access, va).isEqualTo(expectedCause);
    assertThat(t.tval()).as("%s at %x", access, va).isEqualTo(expectedValue);
  }

  private static String register(String access) {
    return access.startsWith("f") ? "fa1" : "a1";
  }

  /**
   * Once around the tables of any cache of translations: a page that shares the last one's place.
   */
  private static long[] neighboursOfTheLastPage() {
    long[] all = new long[12];
    for (int i = 0; i < all.length; i++) {
      all[i] = LAST_PAGE - (4096L << i + 6);
    }
    return all;
  }

  @Test
  void anUnmappedLastPageFaultsWhateverWasMappedInItsPlaceBefore() {
    prepare();
    for (long neighbour : neighboursOfTheLastPage()) {
      tables.map(neighbour, FRAME, ALL);
      String touch = "li a2, %d; ld a3, 8(a2); sd a3, 8(a2); sfence.vma a2\n".formatted(neighbour);
      for (String access : LOADS) {
        faultsInTheLastPage(touch, access, pageFault(READ));
      }
      for (String access : STORES) {
        faultsInTheLastPage(touch, access, pageFault(WRITE));
      }
    }
  }

  private void faultsInTheLastPage(String before, String access, long cause) {
    for (long va : new long[] {-1, -2, -3, -4, -5, -7, -8, -9, -2048, -4096}) {
      Trap t = hotInS(before + "li a0, %d; %s %s, 0(a0)".formatted(va, access, register(access)));
      assertThat(t.cause()).as("%s at %d after %s", access, va, before).isEqualTo(cause);
      assertThat(t.tval()).isEqualTo(va);
    }
  }

  @Test
  void theLastPageIsAPageLikeAnyOther() {
    prepare();
    tables.map(LAST_PAGE, FRAME, ALL);
    Trap t =
        hotInS(
            """
            li s0, %d; li s1, 0
            1: sd s0, -8(zero); ld a0, -8(zero); add s1, s1, a0
            sb s0, -9(zero); lbu a0, -9(zero); add s1, s1, a0
            addi s0, s0, -1; bnez s0, 1b
            """
                .formatted(TIMES));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    long bytes = 0;
    for (long i = 1; i <= TIMES; i++) {
      bytes += i & 0xff;
    }
    assertThat(m.x("s1")).isEqualTo(TIMES * (TIMES + 1L) / 2 + bytes);
    assertThat(m.memory().getLong(FRAME + 4088)).isEqualTo(1);
  }

  @Test
  void anAccessAcrossTheEndOfTheAddressSpaceGoesOnAtZero() {
    prepare();
    tables.map(LAST_PAGE, FRAME, ALL);
    faults("ld", -4, pageFault(READ), 0);
    faults("sd", -4, pageFault(WRITE), 0);
    faults("lh", -1, pageFault(READ), 0);
    tables.map(0, FRAME + 4096, ALL);
    m.memory().putInt(FRAME + 4092, 0x11223344);
    m.memory().putInt(FRAME + 4096, 0x55667788);
    Trap t = hotInS("li s0, %d; 1: ld a0, -4(zero); addi s0, s0, -1; bnez s0, 1b".formatted(TIMES));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("a0")).isEqualTo(0x55667788_11223344L);
  }

  @Test
  void codeRunsAcrossTheEndOfTheAddressSpace() {
    prepare();
    tables.map(LAST_PAGE, FRAME, ALL);
    tables.map(0, FRAME + 4096, ALL);
    // At -6: s1 += 1. At -2, across the end: s2 += 1. Then back.
    m.memory().write(FRAME + 4090, Assembler.assemble("addi s1, s1, 1; addi s2, s2, 1; ret"));
    Trap t =
        hotInS(
            "li s0, %d; li s1, 0; li s2, 0; li s3, -6; 1: jalr s3; addi s0, s0, -1; bnez s0, 1b"
                .formatted(TIMES));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s1")).isEqualTo(TIMES);
    assertThat(m.x("s2")).isEqualTo(TIMES);
    tables.map(0, 0, 0);
    t = hotInS("li s1, 0; li s3, -6; sfence.vma; jalr s3");
    assertThat(t.cause()).isEqualTo(pageFault(EXECUTE));
    assertThat(t.epc()).isEqualTo(-2);
    assertThat(t.tval()).isZero();
    assertThat(m.x("s1")).isEqualTo(1);
  }

  @Test
  void machineModeFindsNothingAtTheEndsOfTheAddressSpace() {
    for (long va :
        new long[] {-1, -5, -8, -4096, 0, 1, 8, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 56}) {
      for (String access : new String[] {"lb", "sb"}) {
        Trap t = hot("li a0, %d; %s a1, 0(a0)".formatted(va, access));
        assertThat(t.cause())
            .as("%x", va)
            .isEqualTo(accessFault(access.equals("lb") ? READ : WRITE));
        assertThat(t.tval()).isEqualTo(va);
      }
      Trap t = hot("li a0, %d; jr a0".formatted(va));
      assertThat(t.cause()).as("%x", va).isEqualTo(accessFault(EXECUTE));
      assertThat(t.epc()).isEqualTo(va & -2);
    }
  }

  @Test
  void anAddressInTheHoleIsNeverTakenForTheOneWhoseLowBitsItHas() {
    prepare();
    long va = 0x1000_2000L;
    tables.map(va, FRAME, ALL);
    String warm =
        "li s0, %d; li a0, %d; li a1, %d; 1: ld a2, 8(a0); sd a2, 8(a0); addi s0, s0, -1; bnez s0, 1b\n";
    for (int bit = 38; bit < 64; bit++) {
      long hole = va ^ 1L << bit;
      Trap t = hotInS(warm.formatted(1000, va, hole) + "ld a2, 8(a1)");
      assertThat(t.cause()).as("bit %d", bit).isEqualTo(pageFault(READ));
      assertThat(t.tval()).isEqualTo(hole + 8);
      t = hotInS(warm.formatted(1000, va, hole) + "sb a2, 8(a1)");
      assertThat(t.cause()).as("bit %d", bit).isEqualTo(pageFault(WRITE));
      t = hotInS(warm.formatted(1000, va, hole) + "jr a1");
      assertThat(t.cause()).as("bit %d", bit).isEqualTo(pageFault(EXECUTE));
      assertThat(t.epc()).isEqualTo(hole);
    }
  }

  @Test
  void accessesAndCodeThatRunIntoTheHoleFaultAtItsEdge() {
    prepare();
    tables.map(HOLE - 4096, FRAME, ALL);
    faults("ld", HOLE - 4, pageFault(READ), HOLE);
    faults("sw", HOLE - 2, pageFault(WRITE), HOLE);
    faults("ld", -HOLE - 8, pageFault(READ), -HOLE - 8);
    m.memory().write(FRAME + 4088, Assembler.assemble("addi s1, s1, 1; addi s1, s1, 1"));
    Trap t = hotInS("li s1, 0; li a0, %d; jr a0".formatted(HOLE - 8));
    assertThat(t.cause()).isEqualTo(pageFault(EXECUTE));
    assertThat(t.epc()).isEqualTo(HOLE);
    assertThat(m.x("s1")).isEqualTo(2);
  }

  @Test
  void aSuperpageThatReachesBeyondRamEndsWhereRamEnds() {
    prepare();
    tables.map(GIGAPAGE, MachineFixture.RAM, ALL, 2);
    long end = GIGAPAGE + MachineFixture.RAM_SIZE;
    String walk = "li a0, %d; li a2, 0; 1: %s; addi a0, a0, %d; addi a2, a2, 1; j 1b";
    Trap t = hotInS(walk.formatted(end - 0x40000, "sd zero, 0(a0)", 8));
    assertThat(t.cause()).isEqualTo(accessFault(WRITE));
    assertThat(t.tval()).isEqualTo(end);
    assertThat(m.x("a2")).isEqualTo(0x8000);
    t = hotInS(walk.formatted(end - 0x40000, "lbu a1, 0(a0)", 1));
    assertThat(t.cause()).isEqualTo(accessFault(READ));
    assertThat(t.tval()).isEqualTo(end);
    // What lies below RAM is not RAM either.
    tables.map(GIGAPAGE, 0x4000_0000L, ALL, 2);
    flush();
    faults("ld", GIGAPAGE + GIGAPAGE - 8, accessFault(READ), GIGAPAGE + GIGAPAGE - 8);
  }

  @Test
  void anAccessAcrossTheEndOfRamFaultsAndWritesNothing() {
    prepare();
    long va = 0x1000_0000L;
    tables.map(va, END_OF_RAM - 4096, ALL);
    tables.map(va + 4096, END_OF_RAM, ALL);
    m.memory().putLong(END_OF_RAM - 8, 0x0123456789abcdefL);
    Trap t =
        hotInS(
            "li a0, %d; li s0, %d; 1: ld a1, -8(a0); addi s0, s0, -1; bnez s0, 1b; sd zero, -4(a0)"
                .formatted(va + 4096, TIMES));
    assertThat(t.cause()).isEqualTo(accessFault(WRITE));
    assertThat(m.memory().getLong(END_OF_RAM - 8)).isEqualTo(0x0123456789abcdefL);
  }

  @Test
  void theHighestPhysicalPageNumberReachesNothing() {
    prepare();
    long va = 0x1000_0000L;
    for (long pa : new long[] {-4096L >>> 8 & -4096L, (1L << 56) - 4096, 1L << 55, END_OF_RAM}) {
      tables.map(va, pa, ALL);
      for (String access : new String[] {"lb", "ld", "sb", "sd"}) {
        Trap t = hotInS("sfence.vma; li a0, %d; %s a1, 0(a0)".formatted(va, access));
        assertThat(t.cause())
            .as("%s at %x", access, pa)
            .isEqualTo(accessFault(access.startsWith("l") ? READ : WRITE));
      }
    }
  }

  @Test
  void tablesThatContainThemselvesTranslateAsTheyStand() {
    prepare();
    long root = MachineFixture.TABLES;
    // Entry 5 of the root is the root itself, entry 6 a leaf that shows it as a page.
    m.memory().putLong(root + 5 * 8, PageTables.pte(root, PageTables.V));
    long chain = 5L << 30 | 5L << 21 | 5L << 12;
    faults("ld", chain, pageFault(READ), chain);
    m.memory().putLong(root + 6 * 8, PageTables.pte(root, ALL));
    long own = 5L << 30 | 5L << 21 | 6L << 12;
    assertThat(access(READ, own + 6 * 8, S)).isEqualTo(FINE);
    assertThat(m.x("a1")).isEqualTo(PageTables.pte(root, ALL));
    // Through that page the guest moves a gigabyte about: entry 7 to RAM or to nothing, in turn.
    long window = 7L << 30;
    Trap t =
        hotInS(
            """
            li a0, %d; li a1, %d; li a2, %d; li s0, 5000; li s1, 0
            1: sd a1, 56(a0); sfence.vma
            ld a3, 0(a2); add s1, s1, a3
            addi s0, s0, -1; bnez s0, 1b
            sd zero, 56(a0); sfence.vma
            ld a3, 0(a2)
            """
                .formatted(
                    own,
                    PageTables.pte(GIGAPAGE * 2, ALL),
                    window + FRAME - MachineFixture.RAM + 8));
    assertThat(t.cause()).isEqualTo(pageFault(READ));
    assertThat(m.x("s1")).isEqualTo(5000 * 0x1000);
  }

  @Test
  void anEntryThatIsAlsoAnInstructionIsAnotherOneOnceItsBitsAreSet() {
    prepare();
    long code = 0x1000_0000L;
    long target = 0x1100_0000L;
    tables.map(code, FRAME + 4096, ALL);
    m.memory().putLong(tables.entry(target, 1), PageTables.pte(FRAME + 4096, PageTables.V));
    long offset = (target >>> 12 & 511) * 8 + 2048;
    long va = target + 256 * 4096; // its entry is in the middle of the page
    long entry = FRAME + 4096 + offset;
    // V, R, W, X and this page number are a fence; with A and D they are fnmadd.s f1, f8, f0, f4.
    m.memory().putLong(entry, PageTables.pte(FRAME, 0xf));
    assertThat(m.memory().getInt(entry) & 0x707f).isEqualTo(0x0f);
    m.csr(CsrNumber.SATP, tables.satp(0));
    m.csr(CsrNumber.MEDELEG, 1L << Cause.ILLEGAL_INSTRUCTION); // the entry's upper half
    m.code(
        """
        la a0, 9f; csrw stvec, a0
        li a0, %d; li a1, %d; li s0, %d
        li a2, 0x3f800000; fmv.w.x f4, a2; fmv.w.x f8, zero; fmv.w.x f0, zero; fmv.w.x f1, zero
        1: jalr a0; addi s0, s0, -1; bnez s0, 1b
        fmv.x.w s1, f1
        sd zero, 0(a1)
        jalr a0
        fmv.x.w s2, f1
        ebreak
        .balign 4
        9: csrw sepc, ra; sret
        """
            .formatted(code + offset, va, TIMES));
    m.enter(S);
    assertThat(m.runHot().cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.memory().getLong(entry))
        .isEqualTo(PageTables.pte(FRAME, 0xf | PageTables.A | PageTables.D));
    assertThat(m.x("s1")).isZero();
    assertThat((int) m.x("s2")).isEqualTo(0xbf800000);
  }
}

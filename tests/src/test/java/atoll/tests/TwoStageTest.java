package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.CsrNumber;
import atoll.testkit.PageTables;
import org.junit.jupiter.api.Test;

/**
 * Two-stage address translation (priv 18.5): what is allowed, what is refused, and by which stage.
 */
class TwoStageTest extends Virtualized {
  private static final int[] LEVELS = {3, 4, 5};
  private static final long RIGHTS = PageTables.R | PageTables.W | PageTables.X;

  /** The transformed {@code ld a1, 0(a0)} and {@code sd a1, 0(a0)}; nothing of a fetch. */
  private static final long[] TRANSFORMED = {0x3583, 0xb03023 & ~0x8000L, 0};

  private static Way[] ways(int kind) {
    return kind == EXECUTE ? new Way[] {Way.PROGRAM} : Way.values();
  }

  @Test
  void everyCombinationOfSchemesTranslates() {
    for (int one : LEVELS) {
      for (int two : LEVELS) {
        virtualizeWithPage(one, two);
        for (int kind : KINDS) {
          for (Way way : ways(kind)) {
            assertThat(access(kind, VA, S, way))
                .as("%d %d %s", one, two, way)
                .isEqualTo(Outcome.NOTHING);
          }
        }
        assertThat(access(READ, VA + 8, S)).isEqualTo(Outcome.NOTHING);
        assertThat(m.x("a1")).isEqualTo(0x1000);
      }
    }
  }

  @Test
  void theSecondStageChecksEveryAccessAsUserModes() {
    virtualizeWithPage(3, 3);
    for (long rights = 0; rights < 16; rights++) {
      long bits = rights << 1 & RIGHTS | ((rights & 8) != 0 ? PageTables.U : 0);
      second.map(GUEST_PAGE, FRAME, bits | PageTables.V | PageTables.A | PageTables.D);
      for (int mode : new int[] {U, S}) {
        first.map(VA, GUEST_PAGE, mode == U ? ALL | PageTables.U : ALL);
        fence();
        for (int kind : KINDS) {
          for (Way way : ways(kind)) {
            Outcome o = access(kind, VA, mode, way);
            String what = "bits %x mode %d kind %d %s".formatted(bits, mode, kind, way);
            if (secondAllows(bits, kind)) {
              assertThat(o).as(what).isEqualTo(Outcome.NOTHING);
            } else {
              assertThat(o.cause()).as(what).isEqualTo(guestPageFault(kind));
              assertThat(o.tval()).as(what).isEqualTo(VA);
              assertThat(o.guestAddress()).as(what).isTrue();
              assertThat(o.guestPage()).as(what).isEqualTo(GUEST_PAGE);
            }
          }
        }
      }
    }
  }

  private static boolean secondAllows(long bits, int kind) {
    boolean r = (bits & PageTables.R) != 0;
    boolean w = (bits & PageTables.W) != 0;
    boolean x = (bits & PageTables.X) != 0;
    if ((bits & PageTables.U) == 0 || (!r && w)) {
      return false;
    }
    return kind == READ ? r : kind == WRITE ? w : x;
  }

  @Test
  void theFirstStageChecksByTheGuestsModeAndItsStatus() {
    virtualizeWithPage(3, 3);
    for (long rights = 0; rights < 16; rights++) {
      long bits = rights << 1 & RIGHTS | ((rights & 8) != 0 ? PageTables.U : 0);
      first.map(VA, GUEST_PAGE, bits | PageTables.V | PageTables.A | PageTables.D);
      for (long modifiers : new long[] {0, SUM, MXR, SUM | MXR}) {
        m.csr(CsrNumber.VSSTATUS, modifiers | 3L << 13);
        fence();
        for (int mode : new int[] {U, S}) {
          for (int kind : KINDS) {
            for (Way way : ways(kind)) {
              Outcome o = access(kind, VA, mode, way);
              String what =
                  "bits %x mode %d modifiers %x kind %d %s"
                      .formatted(bits, mode, modifiers, kind, way);
              if (firstAllows(bits, mode, modifiers, kind)) {
                assertThat(o).as(what).isEqualTo(Outcome.NOTHING);
              } else {
                assertThat(o).as(what).isEqualTo(new Outcome(pageFault(kind), VA, true, 0, 0));
              }
            }
          }
        }
      }
    }
  }

  private static boolean firstAllows(long bits, int mode, long modifiers, int kind) {
    boolean r = (bits & PageTables.R) != 0;
    boolean w = (bits & PageTables.W) != 0;
    boolean x = (bits & PageTables.X) != 0;
    boolean u = (bits & PageTables.U) != 0;
    if ((!r && w) || (!r && !x) || (mode == U && !u)) {
      return false;
    }
    if (mode == S && u && (kind == EXECUTE || (modifiers & SUM) == 0)) {
      return false;
    }
    return switch (kind) {
      case READ -> r || ((modifiers & MXR) != 0 && x);
      case WRITE -> w;
      default -> x;
    };
  }

  @Test
  void theGuestsMxrIsForItsOwnStageAndTheHypervisorsForBoth() {
    long executable = PageTables.V | PageTables.X | PageTables.A | PageTables.U;
    for (boolean firstOnly : new boolean[] {false, true}) {
      for (boolean secondOnly : new boolean[] {false, true}) {
        for (boolean guest : new boolean[] {false, true}) {
          for (boolean own : new boolean[] {false, true}) {
            virtualizeWithPage(3, 3);
            first.map(VA, GUEST_PAGE, firstOnly ? executable : ALL | PageTables.U);
            second.map(GUEST_PAGE, FRAME, secondOnly ? executable : GUEST_ALL);
            m.csr(CsrNumber.VSSTATUS, (guest ? MXR : 0) | 3L << 13);
            if (own) {
              setStatus(MXR);
            }
            fence();
            long expected =
                firstOnly && !guest && !own
                    ? pageFault(READ)
                    : secondOnly && !own ? guestPageFault(READ) : FINE;
            for (Way way : Way.values()) {
              assertThat(access(READ, VA, U, way).cause())
                  .as(
                      "first %s second %s guest %s own %s %s",
                      firstOnly, secondOnly, guest, own, way)
                  .isEqualTo(expected);
            }
          }
        }
      }
    }
  }

  @Test
  void theHypervisorsSumSaysNothingToAGuest() {
    virtualizeWithPage(3, 3);
    first.map(VA, GUEST_PAGE, ALL | PageTables.U);
    setStatus(SUM);
    fence();
    for (Way way : Way.values()) {
      assertThat(access(READ, VA, S, way).cause()).isEqualTo(pageFault(READ));
    }
  }

  @Test
  void aFaultOfTheSecondStageNamesPageAndInstruction() {
    for (boolean toHypervisor : new boolean[] {false, true}) {
      virtualizeWithPage(4, 5);
      if (toHypervisor) {
        delegate();
      }
      second.map(GUEST_PAGE, FRAME, 0);
      fence();
      for (int kind : KINDS) {
        assertThat(access(kind, VA + 0xa38, S))
            .isEqualTo(
                new Outcome(
                    guestPageFault(kind), VA + 0xa38, true, GUEST_PAGE + 0xa38, TRANSFORMED[kind]));
      }
    }
  }

  @Test
  void theLowestBitsOfTheGuestPhysicalAddressAreThoseOfTheTrapValue() {
    virtualizeWithPage(3, 3);
    second.map(GUEST_PAGE, FRAME, 0);
    fence();
    m.x("a0", VA + 7);
    Outcome o = outcome(runGuest(S, "lb a1, 0(a0)"));
    assertThat(o.tval()).isEqualTo(VA + 7);
    assertThat(o.guestPage()).isEqualTo(GUEST_PAGE + 4);
  }

  @Test
  void aTableThatTheSecondStageDoesNotMapIsAFaultOfTheAccessThatWantedIt() {
    for (int level = 0; level < 3; level++) {
      virtualizeWithPage(3, 3);
      long entry = first.entry(VA, level) - BIAS;
      second.map(entry & -4096, 0, 0);
      fence();
      for (int kind : new int[] {READ, WRITE}) {
        for (Way way : new Way[] {Way.MPRV, Way.HYPERVISOR}) {
          assertThat(access(kind, VA, S, way))
              .as("level %d", level)
              .isEqualTo(new Outcome(guestPageFault(kind), VA, true, entry, 0x3000));
        }
      }
      if (level == 0) { // else the code's own tables are gone
        for (int kind : KINDS) {
          assertThat(access(kind, VA, S))
              .isEqualTo(new Outcome(guestPageFault(kind), VA, true, entry, 0x3000));
        }
      }
    }
  }

  @Test
  void aTableOutsideOfMemoryIsAnAccessFault() {
    virtualizeWithPage(3, 3);
    long entry = first.entry(VA, 0) - BIAS;
    second.map(entry & -4096, 0x1000, GUEST_ALL);
    fence();
    for (int kind : KINDS) {
      assertThat(access(kind, VA, S)).isEqualTo(new Outcome(accessFault(kind), VA, true, 0, 0));
    }
    virtualizeWithPage(3, 3);
    second.map(GUEST_PAGE, 0x1000, GUEST_ALL);
    fence();
    for (int kind : KINDS) {
      assertThat(access(kind, VA, S)).isEqualTo(new Outcome(accessFault(kind), VA, true, 0, 0));
    }
  }

  @Test
  void tablesThatMayOnlyBeExecutedAreNotReadEvenWithMxr() {
    virtualizeWithPage(3, 3);
    long entry = first.entry(VA, 0) - BIAS;
    second.map(
        entry & -4096,
        (entry & -4096) + BIAS,
        PageTables.V | PageTables.X | PageTables.U | PageTables.A);
    setStatus(MXR);
    fence();
    assertThat(access(READ, VA, S))
        .isEqualTo(new Outcome(guestPageFault(READ), VA, true, entry, 0x3000));
  }

  @Test
  void bothStagesSetAccessedAndDirtyBits() {
    long clear = ~(PageTables.A | PageTables.D);
    for (int kind : KINDS) {
      for (Way way : ways(kind)) {
        virtualizeWithPage(4, 3);
        first.map(VA, GUEST_PAGE, ALL & clear);
        second.map(GUEST_PAGE, FRAME, GUEST_ALL & clear);
        long table = first.entry(VA, 0) - BIAS & -4096;
        second.map(table, table + BIAS, GUEST_ALL & clear);
        fence();
        assertThat(access(kind, VA, S, way)).isEqualTo(Outcome.NOTHING);
        long set = kind == WRITE ? PageTables.A | PageTables.D : PageTables.A;
        assertThat(first.read(VA, 0) & ~clear).isEqualTo(set);
        assertThat(second.read(GUEST_PAGE, 0) & ~clear).isEqualTo(set);
        assertThat(second.read(table, 0) & ~clear)
            .as("the table has been written")
            .isEqualTo(PageTables.A | PageTables.D);
      }
    }
  }

  @Test
  void aTableThatNeedsNoUpdateIsOnlyRead() {
    virtualizeWithPage(3, 3);
    long table = first.entry(VA, 0) - BIAS & -4096;
    second.map(table, table + BIAS, GUEST_ALL & ~PageTables.D & ~PageTables.W);
    fence();
    assertThat(access(WRITE, VA, S)).isEqualTo(Outcome.NOTHING);
    assertThat(second.read(table, 0) & PageTables.D).isZero();
  }

  @Test
  void anUpdateOfATableThatMayNotBeWrittenIsAGuestPageFault() {
    for (int kind : KINDS) {
      virtualizeWithPage(3, 3);
      long entry = first.entry(VA, 0) - BIAS;
      first.map(VA, GUEST_PAGE, ALL & ~PageTables.A & ~PageTables.D);
      second.map(entry & -4096, (entry & -4096) + BIAS, GUEST_ALL & ~PageTables.W);
      fence();
      for (Way way : ways(kind)) {
        assertThat(access(kind, VA, S, way))
            .isEqualTo(new Outcome(guestPageFault(kind), VA, true, entry, 0x3020));
      }
      assertThat(first.read(VA, 0) & (PageTables.A | PageTables.D)).isZero();
    }
  }

  @Test
  void eachStageFaultsInsteadWhereItsUpdateIsDisabled() {
    long clear = ~(PageTables.A | PageTables.D);
    for (int kind : KINDS) {
      virtualizeWithPage(3, 3);
      m.csr(CsrNumber.HENVCFG, 0);
      first.map(VA, GUEST_PAGE, ALL & clear);
      fence();
      assertThat(access(kind, VA, S)).isEqualTo(new Outcome(pageFault(kind), VA, true, 0, 0));
      virtualizeWithPage(3, 3);
      m.csr(CsrNumber.MENVCFG, 0);
      second.map(GUEST_PAGE, FRAME, GUEST_ALL & clear);
      fence();
      assertThat(access(kind, VA, S))
          .isEqualTo(new Outcome(guestPageFault(kind), VA, true, GUEST_PAGE, TRANSFORMED[kind]));
      assertThat(second.read(GUEST_PAGE, 0) & ~clear).isZero();
    }
  }

  @Test
  void withoutTheMachinesLeaveTheHypervisorCannotEnableUpdates() {
    virtualizeWithPage(3, 3);
    m.csr(CsrNumber.MENVCFG, 0);
    assertThat(m.csr(CsrNumber.HENVCFG)).isZero();
    first.map(VA, GUEST_PAGE, ALL & ~PageTables.A);
    fence();
    assertThat(access(READ, VA, S).cause()).isEqualTo(pageFault(READ));
  }

  @Test
  void memoryTypesAreEnabledByStage() {
    virtualizeWithPage(3, 3);
    first.map(VA, GUEST_PAGE, ALL | PageTables.PBMT_IO);
    second.map(GUEST_PAGE, FRAME, GUEST_ALL | PageTables.PBMT_NC);
    fence();
    assertThat(access(READ, VA, S)).isEqualTo(Outcome.NOTHING);
    m.csr(CsrNumber.HENVCFG, ADUE);
    assertThat(access(READ, VA, S).cause()).isEqualTo(pageFault(READ));
    first.map(VA, GUEST_PAGE, ALL);
    m.csr(CsrNumber.MENVCFG, ADUE);
    fence();
    assertThat(access(READ, VA, S).cause()).isEqualTo(guestPageFault(READ));
  }

  @Test
  void superpagesAndNapotBlocksOfEitherStageMapTheirWholeRange() {
    for (int one = 0; one < 3; one++) {
      for (int two = 0; two < 3; two++) {
        virtualize(3, 4);
        long size = 4096L << 9 * one;
        long guestSize = 4096L << 9 * two;
        long offset = FRAME & (1L << 30) - 1;
        first.map(VA & -size, GUEST_PAGE & -size, ALL, one);
        long guest = (GUEST_PAGE & -size) + (VA & size - 1);
        second.map(guest & -guestSize, (FRAME & -guestSize), GUEST_ALL, two);
        fence();
        // The guest's page lies somewhere in the block; only that of RAM shows what is there.
        long expected = (FRAME & -guestSize) + (guest & guestSize - 1);
        boolean ram =
            expected >= atoll.testkit.MachineFixture.RAM
                && expected
                    < atoll.testkit.MachineFixture.RAM + atoll.testkit.MachineFixture.RAM_SIZE;
        if (ram) {
          m.memory().putLong(expected + 16, 0x77L + offset);
          assertThat(access(READ, VA + 16, S)).as("%d %d", one, two).isEqualTo(Outcome.NOTHING);
          assertThat(m.x("a1")).isEqualTo(0x77L + offset);
        } else {
          assertThat(access(READ, VA + 16, S).cause()).isEqualTo(accessFault(READ));
        }
      }
    }
    virtualizeWithPage(3, 3);
    long block = FRAME & -65536L;
    for (long page = 0; page < 16; page++) {
      second.map((GUEST_PAGE & -65536L) + page * 4096, block | 0x8000, GUEST_ALL | PageTables.N);
      first.map((VA & -65536L) + page * 4096, (GUEST_PAGE & -65536L) | 0x8000, ALL | PageTables.N);
    }
    fence();
    for (long page = 0; page < 16; page++) {
      assertThat(access(READ, (VA & -65536L) + page * 4096 + 8, S)).isEqualTo(Outcome.NOTHING);
      assertThat(m.x("a1")).isEqualTo(0x1000 + page);
    }
  }

  @Test
  void misalignedSuperpagesAndReservedBitsOfTheSecondStageAreGuestPageFaults() {
    virtualizeWithPage(3, 3);
    for (long bits :
        new long[] {
          1L << 54, 1L << 60, 3L << 61, PageTables.N /* with no size that is defined */
        }) {
      second.map(GUEST_PAGE, FRAME, GUEST_ALL | bits);
      fence();
      for (int kind : KINDS) {
        assertThat(access(kind, VA, S).cause()).as("%x", bits).isEqualTo(guestPageFault(kind));
      }
    }
    second.map(GUEST_PAGE, FRAME + 4096, GUEST_ALL, 1);
    fence();
    assertThat(access(READ, VA, S).cause()).isEqualTo(guestPageFault(READ));
    second.map(GUEST_PAGE, FRAME, PageTables.V | PageTables.A, 1);
    fence();
    assertThat(access(READ, VA, S).cause()).as("a pointer with A").isEqualTo(guestPageFault(READ));
  }

  @Test
  void theRootOfTheSecondStageHasTwoBitsMore() {
    for (int levels : LEVELS) {
      virtualizeWithPage(5, levels);
      int bits = 12 + 9 * levels + 2;
      long highest = (1L << Math.min(bits, 56)) - 4096;
      second.map(highest, FRAME + 4096, GUEST_ALL);
      first.map(VA, highest, ALL);
      fence();
      assertThat(access(READ, VA + 8, S)).as("%d", levels).isEqualTo(Outcome.NOTHING);
      assertThat(m.x("a1")).isEqualTo(0x1001);
      if (bits < 56) {
        first.map(VA, highest + 4096, ALL);
        fence();
        for (int kind : KINDS) {
          Outcome o = access(kind, VA, S);
          assertThat(o.cause()).as("%d", levels).isEqualTo(guestPageFault(kind));
          assertThat(o.guestPage()).isEqualTo(highest + 4096);
        }
      }
    }
  }

  @Test
  void withoutAFirstStageAddressesAreTheGuestsPhysicalOnes() {
    for (int levels : LEVELS) {
      virtualizeWithPage(3, levels);
      m.csr(CsrNumber.VSATP, 0);
      fence();
      for (int mode : new int[] {U, S}) {
        for (int kind : new int[] {READ, WRITE}) {
          for (Way way : new Way[] {Way.MPRV, Way.HYPERVISOR}) {
            assertThat(access(kind, GUEST_PAGE + 8, mode, way)).isEqualTo(Outcome.NOTHING);
            long beyond = 1L << 12 + 9 * levels + 2;
            for (long bad : new long[] {beyond, -4096L}) {
              Outcome o = access(kind, bad, mode, way);
              assertThat(o.cause()).isEqualTo(guestPageFault(kind));
              assertThat(o.tval()).isEqualTo(bad);
              assertThat(o.guestPage()).isEqualTo(bad >>> 2 << 2);
            }
          }
        }
      }
      long code = 0x4000_0000L;
      second.map(code, FRAME, GUEST_ALL);
      m.place(FRAME, "ld a1, 8(a0); ebreak");
      fence();
      m.x("a0", GUEST_PAGE);
      enterGuestAt(S, code);
      assertThat(runGuest().epc()).isEqualTo(code + 4);
    }
  }

  @Test
  void withoutASecondStageTheGuestsTablesAreAllThereIs() {
    virtualizeWithPage(3, 3);
    PageTables plain =
        new PageTables(m.memory(), 3, atoll.testkit.MachineFixture.TABLES + 0x300000);
    plain.map(VA, FRAME + 4096, ALL);
    m.csr(CsrNumber.HGATP, 0);
    m.csr(CsrNumber.VSATP, plain.satp(0));
    fence();
    for (Way way : new Way[] {Way.MPRV, Way.HYPERVISOR}) {
      assertThat(access(READ, VA + 8, S, way)).isEqualTo(Outcome.NOTHING);
      assertThat(m.x("a1")).isEqualTo(0x1001);
      assertThat(access(READ, VA + 4096, S, way))
          .isEqualTo(new Outcome(pageFault(READ), VA + 4096, true, 0, 0));
    }
    enterGuestAt(S, VA);
    assertThat(runGuest().epc()).isEqualTo(VA);
  }

  @Test
  void anAccessAcrossTwoPagesFaultsAtThePartThatCannotBeDone() {
    virtualizeWithPage(3, 3);
    first.map(VA + 4096, GUEST_PAGE + 4096, ALL);
    fence();
    m.x("a0", VA + 4092);
    Outcome o = outcome(runGuest(S, "ld a1, 0(a0)"));
    long offset = 4L << 15; // of the address that has faulted, behind the instruction's own
    assertThat(o)
        .isEqualTo(
            new Outcome(
                guestPageFault(READ),
                VA + 4096,
                true,
                GUEST_PAGE + 4096,
                TRANSFORMED[READ] | offset));
    second.map(GUEST_PAGE + 4096, FRAME + 4096, GUEST_ALL);
    second.map(GUEST_PAGE, FRAME, 0);
    fence();
    m.x("a0", VA + 4092);
    o = outcome(runGuest(S, "sd a1, 0(a0)"));
    assertThat(o)
        .isEqualTo(
            new Outcome(
                guestPageFault(WRITE), VA + 4092, true, GUEST_PAGE + 4092, TRANSFORMED[WRITE]));
  }

  @Test
  void anInstructionAcrossTwoPagesFaultsAtItsSecondHalf() {
    virtualizeWithPage(3, 3);
    m.memory().putShort(FRAME + 4094, (short) 0x0013);
    first.map(VA + 4096, GUEST_PAGE + 4096, ALL);
    fence();
    enterGuestAt(S, VA + 4094);
    Outcome o = outcome(runGuest());
    assertThat(o)
        .isEqualTo(new Outcome(guestPageFault(EXECUTE), VA + 4096, true, GUEST_PAGE + 4096, 0));
    assertThat(m.csr(CsrNumber.MEPC)).isEqualTo(VA + 4094);
  }

  @Test
  void theGlobalBitOfTheSecondStageIsIgnored() {
    virtualizeWithPage(3, 3);
    second.map(GUEST_PAGE, FRAME, GUEST_ALL | PageTables.G);
    fence();
    assertThat(access(READ, VA, S)).isEqualTo(Outcome.NOTHING);
  }
}

package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import org.junit.jupiter.api.Test;

/** Sv39, Sv48, Sv57 (priv 12.3 to 12.6), Svnapot, Svpbmt, Svade and Svadu. */
class PagingTest extends Translated {
  private static final long ALL = PageTables.ALL;
  private static final long VA = 0x4000_1000L;
  private static final int[] LEVELS = {3, 4, 5};
  private static final int[] KINDS = {READ, WRITE, EXECUTE};

  @Test
  void everyCombinationOfRightsAllowsWhatItSays() {
    for (int levels : LEVELS) {
      translate(levels);
      for (long rights = 0; rights < 32; rights++) {
        long bits = rights << 1 & (PageTables.R | PageTables.W | PageTables.X | PageTables.U);
        bits |= (rights & 16) != 0 ? PageTables.U : 0;
        tables.map(VA, FRAME, bits | PageTables.V | PageTables.A | PageTables.D);
        for (int mode : new int[] {U, S}) {
          for (long modifiers : new long[] {0, SUM, MXR, SUM | MXR}) {
            for (int kind : KINDS) {
              clearStatus(SUM | MXR);
              setStatus(modifiers);
              flush();
              assertThat(access(kind, VA, mode))
                  .as(
                      "levels %d bits %x mode %d modifiers %x kind %d",
                      levels, bits, mode, modifiers, kind)
                  .isEqualTo(allowed(bits, mode, modifiers, kind) ? FINE : pageFault(kind));
            }
          }
        }
      }
    }
  }

  private static boolean allowed(long bits, int mode, long modifiers, int kind) {
    boolean r = (bits & PageTables.R) != 0;
    boolean w = (bits & PageTables.W) != 0;
    boolean x = (bits & PageTables.X) != 0;
    boolean u = (bits & PageTables.U) != 0;
    if ((!r && w) || (!r && !x)) {
      return false; // reserved, or a pointer at the last level
    }
    if (mode == U && !u) {
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
  void anInvalidEntryFaultsAtEveryLevel() {
    for (int levels : LEVELS) {
      for (int level = 0; level < levels; level++) {
        translate(levels);
        tables.map(VA, FRAME, ALL);
        long entry = tables.entry(VA, level);
        m.memory().putLong(entry, m.memory().getLong(entry) & ~PageTables.V);
        for (int kind : KINDS) {
          assertThat(access(kind, VA, S)).isEqualTo(pageFault(kind));
        }
      }
    }
  }

  @Test
  void superpagesMapTheirWholeRange() {
    for (int levels : LEVELS) {
      for (int level = 1; level < levels; level++) {
        translate(levels);
        long size = 4096L << 9 * level;
        long va = size * 3;
        tables.map(va, 0, ALL, level); // from physical 0 on, so RAM is at its own offset within
        if (size > MachineFixture.RAM) {
          long address = va + FRAME + 5 * 4096;
          assertThat(access(READ, address + 8, S)).isEqualTo(FINE);
          assertThat(m.x("a1")).isEqualTo(0x1005);
          assertThat(access(EXECUTE, address, S)).isEqualTo(FINE);
        } else {
          tables.map(va, FRAME & -size, ALL, level);
          flush();
          long address = va + (FRAME & size - 1) + 3 * 4096;
          assertThat(access(READ, address + 8, S)).isEqualTo(FINE);
          assertThat(m.x("a1")).isEqualTo(0x1003);
          assertThat(access(EXECUTE, address, S)).isEqualTo(FINE);
        }
      }
    }
  }

  @Test
  void aMisalignedSuperpageIsAPageFault() {
    for (int levels : LEVELS) {
      for (int level = 1; level < levels; level++) {
        translate(levels);
        long size = 4096L << 9 * level;
        for (long off = 4096; off < size; off <<= 3) {
          tables.map(size * 3, off, ALL, level);
          flush();
          for (int kind : KINDS) {
            assertThat(access(kind, size * 3, S)).isEqualTo(pageFault(kind));
          }
        }
      }
    }
  }

  @Test
  void anAddressThatIsNotSignExtendedFaultsWithoutLookingAtTables() {
    for (int levels : LEVELS) {
      translate(levels);
      int bits = 12 + 9 * levels;
      long top = -4096L;
      tables.map(top, FRAME, ALL);
      tables.map(1L << bits - 1, FRAME, ALL); // the slot of the lowest negative address
      assertThat(access(READ, top, S)).isEqualTo(FINE);
      assertThat(access(READ, -1L << bits - 1, S)).isEqualTo(FINE);
      for (int kind : KINDS) {
        for (long va :
            new long[] {
              1L << bits - 1, 1L << bits, top & (1L << bits) - 1, 1L << 62, top ^ 1L << 63
            }) {
          assertThat(access(kind, va, S)).as("%x", va).isEqualTo(pageFault(kind));
        }
      }
    }
  }

  @Test
  void aPointerAtTheLastLevelIsAPageFault() {
    translate(3);
    tables.map(VA, FRAME, PageTables.V);
    assertThat(access(READ, VA, S)).isEqualTo(pageFault(READ));
  }

  @Test
  void reservedBitsOfALeafAreAPageFault() {
    for (int bit = 54; bit <= 60; bit++) {
      translate(3);
      tables.map(VA, FRAME, ALL | 1L << bit);
      for (int kind : KINDS) {
        assertThat(access(kind, VA, S)).as("bit %d", bit).isEqualTo(pageFault(kind));
      }
    }
  }

  @Test
  void reservedBitsOfAPointerAreAPageFault() {
    int[] reserved = {4, 6, 7, 54, 57, 60, 61, 62, 63}; // U, A, D, reserved, PBMT, N
    for (int bit : reserved) {
      translate(3);
      tables.map(VA, FRAME, ALL);
      long entry = tables.entry(VA, 1);
      m.memory().putLong(entry, m.memory().getLong(entry) | 1L << bit);
      assertThat(access(READ, VA, S)).as("bit %d", bit).isEqualTo(pageFault(READ));
    }
  }

  @Test
  void softwareBitsAndGlobalHaveNoEffect() {
    translate(3);
    tables.map(VA, FRAME, ALL | 3 << 8 | PageTables.G);
    for (int kind : KINDS) {
      assertThat(access(kind, VA, S)).isEqualTo(FINE);
    }
  }

  @Test
  void aTableOutsideMemoryIsAnAccessFaultOfTheOriginalKind() {
    translate(3);
    tables.map(VA, FRAME, ALL);
    m.memory().putLong(tables.entry(VA, 2), PageTables.pte(0x1000, PageTables.V));
    for (int kind : KINDS) {
      assertThat(access(kind, VA, S)).isEqualTo(accessFault(kind));
    }
    m.csr(CsrNumber.SATP, 8L << 60 | 1);
    flush();
    for (int kind : KINDS) {
      assertThat(access(kind, VA, S)).isEqualTo(accessFault(kind));
    }
  }

  @Test
  void aPageOutsideMemoryIsAnAccessFault() {
    translate(3);
    tables.map(VA, 0x1000, ALL);
    tables.map(VA + 4096, 1L << 55, ALL);
    for (int kind : KINDS) {
      assertThat(access(kind, VA, S)).isEqualTo(accessFault(kind));
      assertThat(access(kind, VA + 4096, S)).isEqualTo(accessFault(kind));
    }
  }

  @Test
  void withoutHardwareUpdateAClearAccessedOrDirtyBitFaults() {
    translate(3);
    m.csr(CsrNumber.MENVCFG, 0); // Svade
    for (int kind : KINDS) {
      tables.map(VA, FRAME, ALL & ~PageTables.A);
      flush();
      assertThat(access(kind, VA, S)).isEqualTo(pageFault(kind));
      tables.map(VA, FRAME, ALL & ~PageTables.D);
      flush();
      assertThat(access(kind, VA, S)).isEqualTo(kind == WRITE ? pageFault(kind) : FINE);
      tables.map(VA, FRAME, ALL & ~PageTables.D & ~PageTables.A);
      flush();
      assertThat(access(kind, VA, S)).isEqualTo(pageFault(kind));
      assertThat(tables.read(VA, 0) & (PageTables.A | PageTables.D)).isZero();
    }
  }

  @Test
  void withHardwareUpdateAccessedAndDirtyAreSet() {
    for (int levels : LEVELS) {
      translate(levels);
      m.csr(CsrNumber.MENVCFG, ADUE);
      for (int kind : KINDS) {
        tables.map(VA, FRAME, ALL & ~PageTables.D & ~PageTables.A);
        flush();
        assertThat(access(kind, VA, S)).isEqualTo(FINE);
        assertThat(tables.read(VA, 0) & (PageTables.A | PageTables.D))
            .isEqualTo(kind == WRITE ? PageTables.A | PageTables.D : PageTables.A);
      }
    }
  }

  @Test
  void aReadDoesNotLetALaterWriteSkipTheDirtyBit() {
    translate(3);
    m.csr(CsrNumber.MENVCFG, ADUE);
    tables.map(VA, FRAME, ALL & ~PageTables.D);
    assertThat(access(READ, VA, S)).isEqualTo(FINE);
    assertThat(tables.read(VA, 0) & PageTables.D).isZero();
    assertThat(access(WRITE, VA, S)).isEqualTo(FINE);
    assertThat(tables.read(VA, 0) & PageTables.D).isEqualTo(PageTables.D);
  }

  @Test
  void anAccessThatFaultsSetsNeitherBit() {
    translate(3);
    m.csr(CsrNumber.MENVCFG, ADUE);
    tables.map(VA, FRAME, PageTables.V | PageTables.R);
    assertThat(access(WRITE, VA, S)).isEqualTo(pageFault(WRITE));
    assertThat(access(EXECUTE, VA, S)).isEqualTo(pageFault(EXECUTE));
    assertThat(tables.read(VA, 0) & (PageTables.A | PageTables.D)).isZero();
  }

  @Test
  void aNapotEntryMapsSixtyFourKibibytes() {
    translate(3);
    long base = VA & -65536L;
    for (long page = 0; page < 16; page++) {
      tables.map(base + page * 4096, (FRAME & -65536L) | 0x8000, ALL | PageTables.N);
    }
    for (long page = 0; page < 16; page++) {
      assertThat(access(READ, base + page * 4096 + 8, S)).isEqualTo(FINE);
      assertThat(m.x("a1")).isEqualTo(0x1000 + page);
    }
  }

  @Test
  void reservedNapotEncodingsAreAPageFault() {
    for (long low = 0; low < 16; low++) {
      if (low == 8) {
        continue;
      }
      translate(3);
      tables.map(VA, (FRAME & -65536L) | low << 12, ALL | PageTables.N);
      assertThat(access(READ, VA, S)).as("ppn low bits %x", low).isEqualTo(pageFault(READ));
    }
    translate(3);
    tables.map(0x4000_0000L, 0x8000_0000L | 1 << 15, ALL | PageTables.N, 1);
    assertThat(access(READ, 0x4000_0000L, S))
        .as("not at the last level")
        .isEqualTo(pageFault(READ));
  }

  @Test
  void memoryTypesAreLegalWhereEnabledAndReservedOtherwise() {
    translate(3);
    for (long type : new long[] {PageTables.PBMT_NC, PageTables.PBMT_IO, 3L << 61}) {
      for (boolean enabled : new boolean[] {false, true}) {
        m.csr(CsrNumber.MENVCFG, enabled ? PBMTE : 0);
        tables.map(VA, FRAME, ALL | type);
        flush();
        boolean legal = enabled && type != 3L << 61;
        for (int kind : KINDS) {
          assertThat(access(kind, VA, S)).isEqualTo(legal ? FINE : pageFault(kind));
        }
      }
    }
  }

  @Test
  void bareModeTranslatesNothing() {
    translate(3);
    m.csr(CsrNumber.SATP, 0);
    flush();
    for (int mode : new int[] {U, S}) {
      for (int kind : KINDS) {
        assertThat(access(kind, FRAME, mode)).isEqualTo(FINE);
      }
    }
  }

  @Test
  void machineModeIsNotTranslated() {
    translate(3);
    m.runToBreak("li a0, 0x80100008; ld a1, 0(a0)");
    assertThat(m.x("a1")).isEqualTo(0x1000);
  }

  @Test
  void anAccessAcrossTwoPagesFaultsAtTheSecondWhereThatOneIsMissing() {
    translate(3);
    tables.map(VA, FRAME, ALL);
    m.memory().putLong(FRAME + 4088, -1L);
    clearStatus(3L << 11);
    m.code("csrs mstatus, a2; sd zero, 0(a0); csrc mstatus, a2; ebreak");
    m.x("a0", VA + 4092).x("a2", 1L << 17 | 1L << 11);
    var t = m.run();
    clearStatus(1L << 17);
    assertThat(t.cause()).isEqualTo(pageFault(WRITE));
    assertThat(t.tval()).isEqualTo(VA + 4096);
    assertThat(m.memory().getLong(FRAME + 4088)).as("nothing written").isEqualTo(-1);
    // With the first page missing, its address is reported, not the page's start.
    tables.map(VA, FRAME, 0);
    tables.map(VA + 4096, FRAME + 4096, ALL);
    flush();
    clearStatus(3L << 11);
    m.code("csrs mstatus, a2; ld a3, 0(a0); csrc mstatus, a2; ebreak");
    m.x("a0", VA + 4092).x("a2", 1L << 17 | 1L << 11);
    t = m.run();
    clearStatus(1L << 17);
    assertThat(t.cause()).isEqualTo(pageFault(READ));
    assertThat(t.tval()).isEqualTo(VA + 4092);
  }

  @Test
  void anAccessAcrossTwoPagesReadsBothFrames() {
    translate(3);
    tables.map(VA, FRAME + 4096, ALL);
    tables.map(VA + 4096, FRAME, ALL); // the frames are in the other order
    m.memory().putInt(FRAME + 8188, 0x11223344);
    assertThat(access(READ, VA + 4092, S)).isEqualTo(FINE);
    assertThat(m.x("a1")).isEqualTo(0x0010_0073_1122_3344L);
  }

  @Test
  void anInstructionAcrossTwoPagesFaultsAtItsSecondHalf() {
    translate(3);
    tables.map(VA, FRAME, ALL);
    m.memory().putShort(FRAME + 4094, (short) 0x0013);
    m.csr(CsrNumber.MEPC, VA + 4094);
    clearStatus(3L << 11);
    setStatus(1L << 11);
    var t = m.code("mret").run();
    assertThat(t.cause()).isEqualTo(pageFault(EXECUTE));
    assertThat(t.epc()).isEqualTo(VA + 4094);
    assertThat(t.tval()).isEqualTo(VA + 4096);
  }

  @Test
  void anInstructionAcrossTwoPagesIsFetchedFromBothFrames() {
    translate(3);
    tables.map(VA, FRAME + 4096, ALL);
    tables.map(VA + 4096, FRAME, ALL);
    m.memory().putShort(FRAME + 8190, (short) 0x0513); // addi a0, x0, 42
    m.memory().putShort(FRAME, (short) 0x02a0);
    m.memory().putInt(FRAME + 2, 0x00100073);
    m.csr(CsrNumber.MEPC, VA + 4094);
    clearStatus(3L << 11);
    setStatus(1L << 11);
    var t = m.code("mret").run();
    assertThat(t.epc()).isEqualTo(VA + 4098);
    assertThat(m.x("a0")).isEqualTo(42);
  }

  @Test
  void atomicsFaultAsStoresAndLoadReservedAsALoad() {
    translate(3);
    tables.map(VA, FRAME, PageTables.V | PageTables.R | PageTables.A);
    for (String op : new String[] {"amoadd.d a1, a1, (a0)", "sc.d a1, a1, (a0)"}) {
      clearStatus(3L << 11);
      m.code("csrs mstatus, a2; " + op + "; ebreak").x("a0", VA).x("a2", 1L << 17 | 1L << 11);
      var t = m.run();
      clearStatus(1L << 17);
      assertThat(t.cause()).as(op).isEqualTo(pageFault(WRITE));
      assertThat(t.tval()).isEqualTo(VA);
    }
    clearStatus(3L << 11);
    m.code("csrs mstatus, a2; lr.d a1, (a0); ebreak").x("a0", VA + 8).x("a2", 1L << 17 | 1L << 11);
    m.run();
    clearStatus(1L << 17);
    assertThat(m.x("a1")).isEqualTo(0x1000);
    clearStatus(3L << 11);
    m.code("csrs mstatus, a2; lr.d a1, (a0); ebreak")
        .x("a0", VA + 4096)
        .x("a2", 1L << 17 | 1L << 11);
    var t = m.run();
    clearStatus(1L << 17);
    assertThat(t.cause()).isEqualTo(pageFault(READ));
  }

  @Test
  void pageFaultsOfAllKindsReachSWhereDelegated() {
    translate(3);
    m.csr(CsrNumber.MEDELEG, -1L);
    // S's handler is at a virtual address too: map it.
    tables.map(MachineFixture.SUPERVISOR_TRAP, MachineFixture.SUPERVISOR_TRAP, ALL);
    tables.map(MachineFixture.CODE, MachineFixture.CODE, ALL);
    String[] code = {"ld a1, 0(a0)", "sd a1, 0(a0)", "jr a0"};
    for (int kind : KINDS) {
      m.code(code[kind]);
      long pc = m.hart().pc();
      clearStatus(3L << 11);
      setStatus(1L << 11);
      m.csr(CsrNumber.MEPC, pc);
      m.place(MachineFixture.RAM + 0x3000, "mret");
      m.x("a0", VA);
      m.hart().pc(MachineFixture.RAM + 0x3000);
      var t = m.run();
      assertThat(t.cause()).isEqualTo(pageFault(kind));
      assertThat(t.to()).isEqualTo(S);
      assertThat(t.from()).isEqualTo(S);
      assertThat(t.tval()).isEqualTo(VA);
      assertThat(t.epc()).isEqualTo(kind == EXECUTE ? VA : pc);
      m.hart().enterMachine(MachineFixture.CODE, 0, 0);
      m.openMemory();
      m.csr(CsrNumber.MTVEC, MachineFixture.MACHINE_TRAP);
      m.csr(CsrNumber.STVEC, MachineFixture.SUPERVISOR_TRAP);
      m.csr(CsrNumber.MEDELEG, -1L);
      m.csr(CsrNumber.SATP, tables.satp(0));
    }
  }
}

package atoll.tests;

import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;

/** What tests of hot code under translation share: S mode with its code, tables and data mapped. */
abstract class HotTranslated extends Translated {
  static final long ALL = PageTables.ALL;

  /** More than any engine waits for before it takes code for hot. */
  static final int TIMES = 20_000;

  private static final int CODE_PAGES = 8;
  private static final int TABLE_PAGES = 64;

  /** Sv39 with code and tables at their own addresses. */
  void prepare() {
    translate(3);
    for (long i = 0; i < CODE_PAGES; i++) {
      same(MachineFixture.CODE + i * 4096);
    }
    for (long i = 0; i < TABLE_PAGES; i++) {
      same(MachineFixture.TABLES + i * 4096);
    }
  }

  /** Maps a page at its own address. */
  void same(long address) {
    tables.map(address, address, ALL);
  }

  /** Runs in S mode, in long steps, to the first trap; {@code ebreak} follows the source. */
  Trap hotInS(String source) {
    m.reset();
    m.csr(CsrNumber.SATP, tables.satp(0));
    m.code(source + "\n ebreak");
    m.enter(S);
    return m.runHot();
  }

  /** The same in M mode, untranslated. */
  Trap hot(String source) {
    m.reset();
    m.code(source + "\n ebreak");
    return m.runHot();
  }
}

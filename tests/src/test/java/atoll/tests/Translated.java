package atoll.tests;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;

/** What the tests of address translation share: tables, and one access at a time. */
abstract class Translated extends Conformance {
  static final int READ = 0;
  static final int WRITE = 1;
  static final int EXECUTE = 2;

  static final long SUM = 1L << 18;
  static final long MXR = 1L << 19;
  static final long ADUE = 1L << 61;
  static final long PBMTE = 1L << 62;

  /** No exception. */
  static final long FINE = -1;

  /** Where the pages under test lie physically; each begins with an ebreak. */
  static final long FRAME = MachineFixture.DATA;

  private static final long MPRV = 1L << 17;

  PageTables tables;

  /** Empty tables of 3, 4 or 5 levels, in force; M mode itself stays untranslated. */
  void translate(int levels) {
    m.reset();
    m.openMemory();
    tables = new PageTables(m.memory(), levels, MachineFixture.TABLES);
    m.csr(CsrNumber.SATP, tables.satp(0));
    flush();
    for (long page = 0; page < 16; page++) {
      m.memory().putInt(FRAME + page * 4096, 0x00100073);
      m.memory().putLong(FRAME + page * 4096 + 8, 0x1000 + page);
    }
  }

  void flush() {
    m.runToBreak("sfence.vma");
  }

  /**
   * One access of a mode: loads and stores of eight bytes by M through MPRV, a fetch by going
   * there.
   *
   * @return the exception's cause, {@link #FINE} if there is none
   */
  long access(int kind, long va, int mode) {
    Trap t = attempt(kind, va, mode);
    if (t.cause() == Cause.BREAKPOINT) {
      return FINE;
    }
    if (t.tval() != va) {
      throw new AssertionError("value 0x%x of %s, expected 0x%x".formatted(t.tval(), t, va));
    }
    return t.cause();
  }

  private Trap attempt(int kind, long va, int mode) {
    if (kind == EXECUTE) {
      clearStatus(3L << 11);
      setStatus((long) mode << 11);
      m.csr(CsrNumber.MEPC, va);
      return m.code("mret").run();
    }
    String access = kind == READ ? "ld a1, 0(a0)" : "sd a1, 0(a0)";
    m.code("csrs mstatus, a2; " + access + "; csrc mstatus, a2; ebreak");
    clearStatus(3L << 11);
    m.x("a0", va).x("a2", MPRV | (long) mode << 11);
    Trap t = m.run();
    clearStatus(MPRV);
    return t;
  }

  /** What a page fault of that kind of access is called. */
  static long pageFault(int kind) {
    return new long[] {Cause.LOAD_PAGE_FAULT, Cause.STORE_PAGE_FAULT, Cause.INSTRUCTION_PAGE_FAULT}
        [kind];
  }

  static long accessFault(int kind) {
    return new long[] {
          Cause.LOAD_ACCESS_FAULT, Cause.STORE_ACCESS_FAULT, Cause.INSTRUCTION_ACCESS_FAULT
        }
        [kind];
  }
}

package atoll.tests;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;

/**
 * What the tests of the virtual modes share: a guest's memory behind second-stage tables, its own
 * tables in it, and one access at a time.
 *
 * <p>The guest's physical memory is the machine's from {@link #GPA} on; beside that tests map what
 * they like. Traps go to M, or to HS without translation where they are delegated.
 */
abstract class Virtualized extends Conformance {
  static final int READ = 0;
  static final int WRITE = 1;
  static final int EXECUTE = 2;
  static final int[] KINDS = {READ, WRITE, EXECUTE};

  static final long SUM = 1L << 18;
  static final long MXR = 1L << 19;
  static final long MPRV = 1L << 17;
  static final long MPV = 1L << 39;
  static final long GVA = 1L << 38;
  static final long ADUE = 1L << 61;
  static final long PBMTE = 1L << 62;
  static final long STCE = 1L << 63;

  /** Of {@code hstatus}. */
  static final long HS_GVA = 1L << 6;

  static final long SPV = 1L << 7;
  static final long SPVP = 1L << 8;
  static final long HU = 1L << 9;
  static final long VTVM = 1L << 20;
  static final long VTW = 1L << 21;
  static final long VTSR = 1L << 22;

  static final long ALL = PageTables.ALL;
  static final long GUEST_ALL = PageTables.ALL | PageTables.U;

  /** No exception. */
  static final long FINE = -1;

  /** Where the guest's physical memory begins that is the machine's RAM. */
  static final long GPA = 0x1000_0000L;

  static final long BIAS = MachineFixture.RAM - GPA;

  /** The machine's addresses of the pages under test; each begins with an ebreak. */
  static final long FRAME = MachineFixture.DATA;

  /** A guest-physical page that is mapped by tests only, and the virtual page that leads there. */
  static final long GUEST_PAGE = 0x12_3456_7000L;

  static final long VA = 0x5_4321_9000L;

  /** Where the guest finds its code: for VU, and for VS. */
  static final long USER_CODE = 0x10000;

  static final long SUPERVISOR_CODE = 0x20000;

  /** VS mode's trap handler, an endless loop. */
  static final long GUEST_HANDLER = 0x30000;

  private static final long CODE = MachineFixture.RAM + 0x40000;
  private static final long HANDLER = MachineFixture.RAM + 0x41000;
  private static final long SECOND = MachineFixture.TABLES;
  private static final long FIRST = MachineFixture.TABLES + 0x100000;
  private static final int FIRST_PAGES = 64;

  PageTables first;
  PageTables second;

  /** What an access has led to. */
  record Outcome(long cause, long tval, boolean guestAddress, long guestPage, long instruction) {
    static final Outcome NOTHING = new Outcome(FINE, 0, false, 0, 0);
  }

  /** Empty tables of 3, 4 or 5 levels in force at both stages, the guest's code mapped. */
  void virtualize(int firstLevels, int secondLevels) {
    m.reset();
    m.openMemory();
    m.csr(CsrNumber.MENVCFG, ADUE | PBMTE | STCE);
    m.csr(CsrNumber.HENVCFG, ADUE | PBMTE | STCE);
    second = PageTables.secondStage(m.memory(), secondLevels, SECOND);
    first = PageTables.guest(m.memory(), firstLevels, FIRST, BIAS);
    for (long page = 0; page < FIRST_PAGES; page++) {
      long table = FIRST + page * 4096;
      second.map(table - BIAS, table, GUEST_ALL);
    }
    for (long page : new long[] {CODE, HANDLER}) {
      second.map(page - BIAS, page, GUEST_ALL);
    }
    first.map(USER_CODE, CODE - BIAS, ALL | PageTables.U);
    first.map(SUPERVISOR_CODE, CODE - BIAS, ALL);
    first.map(GUEST_HANDLER, HANDLER - BIAS, ALL);
    m.place(HANDLER, "1: j 1b");
    m.csr(CsrNumber.VSTVEC, GUEST_HANDLER);
    m.csr(CsrNumber.VSSTATUS, 3L << 13);
    m.csr(CsrNumber.HGATP, second.satp(1));
    m.csr(CsrNumber.VSATP, first.satp(1));
    fence();
    for (long page = 0; page < 16; page++) {
      m.memory().putInt(FRAME + page * 4096, 0x00100073);
      m.memory().putLong(FRAME + page * 4096 + 8, 0x1000 + page);
    }
  }

  /** The same with the page under test mapped as it should be at both stages. */
  void virtualizeWithPage(int firstLevels, int secondLevels) {
    virtualize(firstLevels, secondLevels);
    first.map(VA, GUEST_PAGE, ALL);
    second.map(GUEST_PAGE, FRAME, GUEST_ALL);
  }

  /** Forgets what has been cached of either stage. */
  void fence() {
    m.runToBreak("hfence.gvma x0, x0; hfence.vvma x0, x0");
  }

  /** Gives HS mode every exception but its own calls. */
  void delegate() {
    m.csr(CsrNumber.MEDELEG, ~(1L << Cause.ECALL_S));
  }

  /** Brings the hart back to M mode from a trap that HS mode has taken. */
  void backToMachine() {
    if (m.hart().privilege() == S) {
      m.code("ecall").run();
    }
  }

  /** Puts the hart into VS or VU mode before {@code source} and an {@code ebreak}. */
  void enterGuest(int mode, String source) {
    m.place(CODE, source + "\n ebreak");
    enterGuestAt(mode, mode == U ? USER_CODE : SUPERVISOR_CODE);
  }

  void enterGuestAt(int mode, long pc) {
    backToMachine();
    clearStatus(3L << 11);
    setStatus((long) mode << 11 | MPV);
    m.csr(CsrNumber.MEPC, pc);
    m.code("mret");
  }

  /** Runs {@code source} in VS or VU mode to its first trap; {@code ebreak} follows it. */
  Trap runGuest(int mode, String source) {
    enterGuest(mode, source);
    return runGuest();
  }

  /** Goes on to the first trap, which may also be one to the guest's own handler. */
  Trap runGuest() {
    for (int i = 0; i < 100_000; i++) {
      m.step();
      if (m.hart().virtual() && m.hart().pc() == GUEST_HANDLER) {
        boolean supervisor = (m.csr(CsrNumber.VSSTATUS) & 1 << 8) != 0;
        return new Trap(
            m.csr(CsrNumber.VSCAUSE),
            m.csr(CsrNumber.VSEPC),
            m.csr(CsrNumber.VSTVAL),
            supervisor ? S : U,
            VIRTUAL_S);
      }
      if (!m.hart().virtual() && m.hart().pc() == MachineFixture.MACHINE_TRAP
          || !m.hart().virtual() && m.hart().pc() == MachineFixture.SUPERVISOR_TRAP) {
        return m.run();
      }
    }
    throw new AssertionError("no trap, pc 0x%x".formatted(m.hart().pc()));
  }

  /** {@link Trap#to} of a trap that the guest's supervisor takes. */
  static final int VIRTUAL_S = 2;

  /** Ways in which a virtual mode's load or store comes about; all must lead to the same. */
  enum Way {
    /** VS or VU mode itself. */
    PROGRAM,
    /** M mode by MPRV and MPV. */
    MPRV,
    /** HS mode, by {@code hlv} and {@code hsv}. */
    HYPERVISOR
  }

  /** One access of eight bytes, or a fetch, of VS or VU mode. */
  Outcome access(int kind, long va, int mode) {
    return access(kind, va, mode, Way.PROGRAM);
  }

  Outcome access(int kind, long va, int mode, Way way) {
    m.x("a0", va);
    String transfer = kind == READ ? "ld a1, 0(a0)" : "sd a1, 0(a0)";
    Trap t =
        switch (way) {
          case PROGRAM -> runGuest(mode, kind == EXECUTE ? "jr a0" : transfer);
          case MPRV -> byModifiedPrivilege(mode, transfer);
          case HYPERVISOR -> byHypervisor(mode, kind == READ ? "hlv.d a1, (a0)" : "hsv.d a1, (a0)");
        };
    clearStatus(MPRV);
    return t.cause() == Cause.BREAKPOINT ? Outcome.NOTHING : outcome(t);
  }

  private Trap byModifiedPrivilege(int mode, String transfer) {
    backToMachine();
    clearStatus(3L << 11);
    m.x("a2", MPRV | MPV | (long) mode << 11);
    return m.code("csrs mstatus, a2; " + transfer + "; csrc mstatus, a2; ebreak").run();
  }

  private Trap byHypervisor(int mode, String transfer) {
    backToMachine();
    m.csr(CsrNumber.HSTATUS, mode == S ? SPVP : 0);
    clearStatus(MPV);
    m.code(transfer + "; ebreak").enter(S);
    return m.run();
  }

  /** What the handler of {@code t} has been told. */
  Outcome outcome(Trap t) {
    boolean machine = t.to() == M;
    boolean guest =
        machine ? (m.csr(CsrNumber.MSTATUS) & GVA) != 0 : (m.csr(CsrNumber.HSTATUS) & HS_GVA) != 0;
    return new Outcome(
        t.cause(),
        t.tval(),
        guest,
        m.csr(machine ? CsrNumber.MTVAL2 : CsrNumber.HTVAL) << 2,
        m.csr(machine ? CsrNumber.MTINST : CsrNumber.HTINST));
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

  static long guestPageFault(int kind) {
    return new long[] {
          Cause.LOAD_GUEST_PAGE_FAULT,
          Cause.STORE_GUEST_PAGE_FAULT,
          Cause.INSTRUCTION_GUEST_PAGE_FAULT
        }
        [kind];
  }
}

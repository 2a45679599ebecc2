package atoll.engine.hart;

import atoll.engine.InterruptFile;
import atoll.engine.Interrupts;
import atoll.engine.Privilege;
import atoll.engine.mmu.Envcfg;
import atoll.engine.mmu.Mstatus;
import atoll.engine.mmu.PagingMode;
import atoll.engine.mmu.Pmp;
import atoll.isa.CsrNumber;
import atoll.state.Unsaved;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * The CSRs of one hart by number (priv §2.2), with their legal values: what is written to a WARL
 * field and not legal is left out, a read shows what was kept.
 */
public final class CsrFile {
  private static final int COUNTERS = 32;
  private static final int CYCLE = 0;
  static final int TIME = 1;
  private static final int INSTRET = 2;

  /** What a reset leaves on, as QEMU's virt does, since firmware rarely turns them on. */
  private static final long MENVCFG_RESET = Envcfg.ADUE | Envcfg.PBMTE;

  /** RV64 with A B C D F H I M S U. */
  private static final long MISA =
      2L << 62
          | letter('a')
          | letter('b')
          | letter('c')
          | letter('d')
          | letter('f')
          | letter('h')
          | letter('i')
          | letter('m')
          | letter('s')
          | letter('u');

  /**
   * Exceptions that S mode may be given: all but an ecall from M; also software checks and hardware
   * errors, which no hart here has.
   */
  private static final long DELEGABLE_EXCEPTIONS = 0xfc_b7ffL;

  private static final Csr.Guard ALWAYS = () -> Permission.ALLOWED;
  private static final LongSupplier ZERO = () -> 0;
  private static final LongConsumer IGNORE = v -> {};

  /** Numbers that a register may have. */
  static final int COUNT = 4096;

  private final Csr[] table = new Csr[COUNT];
  private final SoftHart hart;
  private final HypervisorCsrs hypervisorCsrs;
  private final StateEnables enables;

  @Unsaved("its registers are by their numbers; null on most boards")
  private AiaCsrs aia;

  CsrFile(SoftHart hart) {
    this.hart = hart;
    floatingPoint();
    machineInformation();
    machineTraps();
    debugTriggers();
    supervisorTraps();
    translation();
    environment();
    counters();
    hypervisorCsrs = new HypervisorCsrs(hart, this);
    hypervisorCsrs.add();
    enables = new StateEnables(hart, this);
    enables.add();
  }

  /** Adds those of Smaia and Ssaia. */
  void advancedInterrupts(InterruptFile machine, InterruptFile supervisor) {
    enables.advancedInterrupts();
    aia = new AiaCsrs(hart, this, enables, machine, supervisor);
    aia.add();
  }

  /** The register of that number, or null if there is none. */
  public Csr find(int number) {
    return table[number];
  }

  HypervisorCsrs hypervisor() {
    return hypervisorCsrs;
  }

  Csr existing(int number) {
    Csr csr = table[number];
    if (csr == null) {
      throw new IllegalArgumentException("no CSR 0x%03x".formatted(number));
    }
    return csr;
  }

  /**
   * All of what is kept in a register, for a state of the hart: a read shows of some only what
   * others let be seen. Not in a virtual mode.
   */
  long kept(int number) {
    if (number == CsrNumber.HENVCFG) {
      return hart.hypervisor.henvcfg;
    }
    return enables.isHypervisors(number) ? enables.kept(number) : existing(number).read();
  }

  /** Puts the registers that are kept outside this table in their reset state. */
  void reset() {
    hart.medeleg = 0;
    hart.mideleg = Interrupts.VIRTUAL;
    hart.mie = 0;
    hart.satp = 0;
    hart.mcounteren = 0;
    hart.scounteren = 0;
    hart.retired.reset();
    hart.environment.senvcfg = 0;
    hart.hypervisor.reset();
    enables.reset();
    if (aia != null) {
      aia.reset();
    }
    menvcfg(MENVCFG_RESET);
    hart.machine.clear();
    hart.supervisor.clear();
  }

  /** Gives S mode everything, as firmware does before it hands over (SBI §4). */
  void openToSupervisor() {
    hart.medeleg = DELEGABLE_EXCEPTIONS & ~(1L << 9);
    hart.mideleg = Interrupts.SUPERVISOR | Interrupts.VIRTUAL;
    hart.mcounteren = -1L >>> 32;
    menvcfg(Envcfg.MENVCFG_WRITABLE);
    enables.open();
    hart.mmu.pmp.address(0, -1);
    hart.mmu.pmp.config(0, 0x1f);
  }

  private static long letter(char extension) {
    return 1L << extension - 'a';
  }

  /** Adds a register. */
  void add(int number, Csr csr) {
    table[number] = csr;
  }

  /** Adds one whose value nothing else follows from. */
  void plain(int number, LongSupplier reader, LongConsumer writer) {
    table[number] = new Csr(number, reader, writer, ALWAYS, false);
  }

  /** Adds one that changes translation, privilege, or what is enabled. */
  void context(int number, LongSupplier reader, LongConsumer writer) {
    table[number] = new Csr(number, reader, writer, ALWAYS, true);
  }

  /** Adds one that may be out of reach. */
  void guarded(int number, LongSupplier reader, LongConsumer writer, Csr.Guard guard) {
    table[number] = new Csr(number, reader, writer, guard, false);
  }

  /** Adds one that reads as zero and ignores writes. */
  void zero(int number) {
    plain(number, ZERO, IGNORE);
  }

  // ------------------------------------------------------------ F and D

  private void floatingPoint() {
    floatCsr(CsrNumber.FFLAGS, () -> hart.flags.bits, this::fflags);
    floatCsr(CsrNumber.FRM, () -> hart.roundingMode, this::frm);
    floatCsr(CsrNumber.FCSR, () -> (long) hart.roundingMode << 5 | hart.flags.bits, this::fcsr);
  }

  /** Part of the context, since {@code HotLoop} looks at flags and rounding only when it begins. */
  private void floatCsr(int number, LongSupplier reader, LongConsumer writer) {
    Csr.Guard on = () -> hart.floatOff() ? Permission.ILLEGAL : Permission.ALLOWED;
    table[number] = new Csr(number, reader, writer, on, true);
  }

  private void fflags(long value) {
    hart.flags.bits = (int) value & 0x1f;
    hart.dirtyFloat();
  }

  private void frm(long value) {
    hart.roundingMode = (int) value & 7;
    hart.dirtyFloat();
  }

  private void fcsr(long value) {
    fflags(value);
    frm(value >>> 5);
  }

  // ------------------------------------------------------------ machine mode

  private void machineInformation() {
    zero(CsrNumber.MVENDORID);
    zero(CsrNumber.MARCHID);
    zero(CsrNumber.MIMPID);
    zero(CsrNumber.MCONFIGPTR);
    plain(CsrNumber.MHARTID, () -> hart.id(), IGNORE);
    plain(CsrNumber.MISA, () -> MISA, IGNORE);
  }

  private void machineTraps() {
    TrapRegisters m = hart.machine;
    context(CsrNumber.MSTATUS, this::mstatus, v -> mstatus(v, Mstatus.WRITABLE));
    context(CsrNumber.MEDELEG, () -> hart.medeleg, v -> hart.medeleg = v & DELEGABLE_EXCEPTIONS);
    context(
        CsrNumber.MIDELEG,
        () -> hart.mideleg,
        v -> hart.mideleg = v & Interrupts.SUPERVISOR | Interrupts.VIRTUAL);
    context(CsrNumber.MIE, () -> hart.mie, v -> hart.mie = v & Interrupts.ALL);
    table[CsrNumber.MIP] = new PendingCsr(CsrNumber.MIP, hart.interrupts::pending, this::mip);
    plain(CsrNumber.MTVEC, m::tvec, v -> m.tvec(tvec(v, m.tvec())));
    plain(CsrNumber.MSCRATCH, m::scratch, m::scratch);
    plain(CsrNumber.MEPC, m::epc, v -> m.epc(v & ~1L));
    plain(CsrNumber.MCAUSE, m::cause, m::cause);
    plain(CsrNumber.MTVAL, m::tval, m::tval);
    for (int i = 0; i < Pmp.ENTRIES; i++) {
      int entry = i;
      context(
          CsrNumber.PMPADDR0 + i,
          () -> hart.mmu.pmp.address(entry),
          v -> changePmp(() -> hart.mmu.pmp.address(entry, v)));
    }
    pmpConfig(CsrNumber.PMPCFG0, 0);
    pmpConfig(CsrNumber.PMPCFG0 + 2, 8);
    // Entries 16 to 63 are not there: they read as zero (priv §3.7.1).
    for (int i = Pmp.ENTRIES; i < 64; i++) {
      zero(CsrNumber.PMPADDR0 + i);
    }
    for (int i = 4; i < 16; i += 2) {
      zero(CsrNumber.PMPCFG0 + i);
    }
  }

  /** The write of a trap vector: modes other than direct and vectored leave the old one. */
  static long tvec(long value, long old) {
    return (value & 2) != 0 ? value & ~3L | old & 1 : value;
  }

  private long mstatus() {
    boolean dirty = (hart.mstatus & Mstatus.FS) == Mstatus.FS;
    return dirty ? hart.mstatus | Mstatus.SD : hart.mstatus;
  }

  private void mstatus(long value, long mask) {
    long merged = hart.mstatus & ~mask | value & mask;
    if ((merged & Mstatus.MPP) >>> Mstatus.MPP_SHIFT == 2) { // WARL: there is no mode 2
      merged = merged & ~Mstatus.MPP | hart.mstatus & Mstatus.MPP;
    }
    long changed = merged ^ hart.mstatus;
    hart.mstatus = merged;
    if ((changed & Mstatus.TRANSLATION) != 0) {
      hart.updateTranslation();
    }
  }

  private void mip(long value, long touched) {
    long mask = Interrupts.SSIP | Interrupts.SEIP;
    hart.interrupts.virtualPending(value, touched & Interrupts.VSSIP);
    hart.interrupts.pending(
        value,
        touched & (hart.interrupts.supervisorTimerEnabled() ? mask : mask | Interrupts.STIP));
  }

  /** {@code mvip} without {@code mvien}: the bits of {@code mip} that software writes. */
  void mvip(long value, long touched) {
    mip(value, touched & ~Interrupts.VIRTUAL);
  }

  /**
   * {@code mip}, {@code sip} and their like: an instruction that sets or clears bits leaves the
   * others alone, since a device or another hart may be changing them, and since what the interrupt
   * controller holds at SEIP is not what software wrote there (priv §3.1.9).
   */
  static final class PendingCsr extends Csr {
    private final LongBinaryConsumer masked;

    PendingCsr(int number, LongSupplier reader, LongBinaryConsumer masked) {
      super(number, reader, v -> masked.accept(v, -1), ALWAYS, true);
      this.masked = masked;
    }

    @Override
    public void modify(long value, long touched) {
      masked.accept(value, touched);
    }
  }

  @FunctionalInterface
  interface LongBinaryConsumer {
    void accept(long value, long touched);
  }

  private void changePmp(Runnable change) {
    change.run();
    hart.mmu.flushAll();
  }

  private void pmpConfig(int number, int firstEntry) {
    context(
        number,
        () -> {
          long value = 0;
          for (int i = 0; i < 8; i++) {
            value |= (long) hart.mmu.pmp.config(firstEntry + i) << 8 * i;
          }
          return value;
        },
        v ->
            changePmp(() -> {
              for (int i = 0; i < 8; i++) {
                hart.mmu.pmp.config(firstEntry + i, (int) (v >>> 8 * i) & 0xff);
              }
            }));
  }

  /** Sdtrig with no trigger behind it: the first and only one is of type 0, "none". */
  private void debugTriggers() {
    zero(CsrNumber.TSELECT);
    zero(CsrNumber.TDATA1);
    zero(CsrNumber.TDATA2);
    zero(CsrNumber.TDATA3);
    plain(CsrNumber.TINFO, () -> 1, IGNORE);
  }

  // ------------------------------------------------------------ supervisor mode

  private void supervisorTraps() {
    TrapRegisters s = hart.supervisor;
    context(
        CsrNumber.SSTATUS,
        () -> mstatus() & Mstatus.S_VISIBLE,
        v -> mstatus(v, Mstatus.S_WRITABLE));
    context(CsrNumber.SIE, this::sie, this::sie);
    table[CsrNumber.SIP] = new PendingCsr(CsrNumber.SIP, this::sip, this::sip);
    plain(CsrNumber.STVEC, s::tvec, v -> s.tvec(tvec(v, s.tvec())));
    plain(CsrNumber.SSCRATCH, s::scratch, s::scratch);
    plain(CsrNumber.SEPC, s::epc, v -> s.epc(v & ~1L));
    plain(CsrNumber.SCAUSE, s::cause, s::cause);
    plain(CsrNumber.STVAL, s::tval, s::tval);
    table[CsrNumber.STIMECMP] =
        new Csr(
            CsrNumber.STIMECMP, this::supervisorTimer, this::supervisorTimer, this::timer, true);
  }

  private static long ownInterrupts(long mideleg) {
    return mideleg & ~Interrupts.VIRTUAL;
  }

  private long sie() {
    return hart.virtual ? hypervisorCsrs.vsie() : hart.mie & ownInterrupts(hart.mideleg);
  }

  private void sie(long value) {
    if (hart.virtual) {
      hypervisorCsrs.vsie(value);
    } else {
      long mask = ownInterrupts(hart.mideleg);
      hart.mie = hart.mie & ~mask | value & mask;
    }
  }

  private long sip() {
    return hart.virtual
        ? hypervisorCsrs.vsip()
        : hart.interrupts.pending() & ownInterrupts(hart.mideleg);
  }

  private void sip(long value, long touched) {
    if (hart.virtual) {
      hypervisorCsrs.vsip(value, touched);
    } else {
      hart.interrupts.pending(value, touched & Interrupts.SSIP & hart.mideleg);
    }
  }

  private long supervisorTimer() {
    return hart.virtual ? hart.interrupts.guestTimer() : hart.interrupts.supervisorTimer();
  }

  private void supervisorTimer(long ticks) {
    if (hart.virtual) {
      hart.interrupts.guestTimer(ticks);
    } else {
      hart.interrupts.supervisorTimer(ticks);
    }
  }

  /** Which modes may use {@code stimecmp}, and {@code vstimecmp} (Sstc §2.1 to §2.4). */
  Permission timer() {
    if (hart.privilege == Privilege.MACHINE) {
      return Permission.ALLOWED;
    }
    if (!hart.interrupts.supervisorTimerEnabled() || (hart.mcounteren >>> TIME & 1) == 0) {
      return Permission.ILLEGAL;
    }
    boolean allowed =
        !hart.virtual
            || ((hart.hypervisor.environment() & Envcfg.STCE) != 0
                && (hart.hypervisor.hcounteren >>> TIME & 1) != 0);
    return allowed ? Permission.ALLOWED : Permission.VIRTUAL;
  }

  private void translation() {
    table[CsrNumber.SATP] =
        new Csr(CsrNumber.SATP, this::satp, this::satp, this::satpAllowed, true);
  }

  private Permission satpAllowed() {
    if (hart.privilege != Privilege.SUPERVISOR) {
      return Permission.ALLOWED;
    }
    if (hart.virtual) {
      return (hart.hypervisor.hstatus & Hstatus.VTVM) != 0
          ? Permission.VIRTUAL
          : Permission.ALLOWED;
    }
    return (hart.mstatus & Mstatus.TVM) != 0 ? Permission.ILLEGAL : Permission.ALLOWED;
  }

  private long satp() {
    return hart.virtual ? hart.hypervisor.vsatp : hart.satp;
  }

  private void satp(long value) {
    if (hart.virtual) {
      hypervisorCsrs.vsatp(value);
      return;
    }
    long legal = legalSatp(value, hart.satp);
    if (hart.mmu.enters(legal)) {
      hart.satp = legal;
      hart.mmu.satp(legal);
    }
  }

  /**
   * A mode that the hart does not offer makes the whole write have no effect (priv §10.1.11). Other
   * fields are kept, also without translation, where their value is unspecified.
   */
  long legalSatp(long value, long old) {
    return hart.offers(PagingMode.of(value)) ? value : old;
  }

  private void environment() {
    context(
        CsrNumber.MENVCFG,
        () -> hart.environment.menvcfg,
        v -> menvcfg(v & Envcfg.MENVCFG_WRITABLE));
    guarded(
        CsrNumber.SENVCFG,
        () -> hart.environment.senvcfg,
        v -> hart.environment.senvcfg = cbie(v & Envcfg.SENVCFG_WRITABLE, hart.environment.senvcfg),
        () -> enables.environment());
  }

  /** CBIE value 2 is reserved. */
  static long cbie(long value, long old) {
    return (value & Envcfg.CBIE) == 2L << Envcfg.CBIE_SHIFT
        ? value & ~Envcfg.CBIE | old & Envcfg.CBIE
        : value;
  }

  private void menvcfg(long value) {
    hart.environment.menvcfg = cbie(value, hart.environment.menvcfg);
    environmentChanged();
  }

  /** Has others take over a change of {@code menvcfg} or {@code henvcfg}. */
  void environmentChanged() {
    long guest = hart.hypervisor.environment();
    hart.interrupts.enableSupervisorTimer((hart.environment.menvcfg & Envcfg.STCE) != 0);
    hart.interrupts.enableGuestTimer((guest & Envcfg.STCE) != 0);
    hart.mmu.configure(hart.environment.menvcfg, guest);
  }

  // ------------------------------------------------------------ counters

  private void counters() {
    plain(CsrNumber.MCOUNTEREN, () -> hart.mcounteren, v -> hart.mcounteren = v & -1L >>> 32);
    plain(CsrNumber.SCOUNTEREN, () -> hart.scounteren, v -> hart.scounteren = v & -1L >>> 32);
    plain(CsrNumber.MCOUNTINHIBIT, hart.retired::mcountinhibit, this::countInhibit);
    plain(CsrNumber.MCYCLE, hart.retired::mcycle, hart.retired::mcycle);
    plain(CsrNumber.MINSTRET, hart.retired::minstret, hart.retired::minstret);
    user(CYCLE, hart.retired::mcycle);
    user(TIME, this::time);
    user(INSTRET, hart.retired::minstret);
    // The programmable counters are there and count nothing (priv §3.1.10).
    for (int i = 3; i < COUNTERS; i++) {
      zero(CsrNumber.MCYCLE + i);
      zero(CsrNumber.MCOUNTINHIBIT + i);
      user(i, ZERO);
    }
  }

  private void countInhibit(long value) {
    hart.retired.mcountinhibit(value & (-1L >>> 32 & ~(1L << TIME)));
  }

  private long time() {
    return hart.virtual ? hart.interrupts.guestTime() : hart.interrupts.time();
  }

  /**
   * The unprivileged view of a counter, as far as {@code mcounteren}, {@code hcounteren} and {@code
   * scounteren} let it be seen.
   */
  private void user(int counter, LongSupplier reader) {
    guarded(CsrNumber.CYCLE + counter, reader, IGNORE, () -> counterAllowed(counter));
  }

  private Permission counterAllowed(int counter) {
    if (hart.privilege == Privilege.MACHINE) {
      return Permission.ALLOWED;
    }
    if ((hart.mcounteren >>> counter & 1) == 0) {
      return Permission.ILLEGAL;
    }
    boolean forUser =
        hart.privilege == Privilege.SUPERVISOR || (hart.scounteren >>> counter & 1) != 0;
    if (!hart.virtual) {
      return forUser ? Permission.ALLOWED : Permission.ILLEGAL;
    }
    boolean allowed = forUser && (hart.hypervisor.hcounteren >>> counter & 1) != 0;
    return allowed ? Permission.ALLOWED : Permission.VIRTUAL;
  }
}

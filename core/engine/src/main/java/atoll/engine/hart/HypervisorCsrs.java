package atoll.engine.hart;

import atoll.engine.Interrupts;
import atoll.engine.Privilege;
import atoll.engine.mmu.Envcfg;
import atoll.engine.mmu.Mstatus;
import atoll.engine.mmu.PagingMode;
import atoll.isa.CsrNumber;

/**
 * The CSRs of the hypervisor extension: those of HS mode, and those of VS mode by their own numbers
 * (priv §18.2, §18.4). While V is set, VS mode reaches the latter by the numbers of supervisor
 * mode's, which {@link CsrFile} serves.
 */
final class HypervisorCsrs {
  /** Exceptions that VS mode may be given: none that it cannot cause by itself (priv §18.2.2). */
  private static final long DELEGABLE_EXCEPTIONS = 0xc_b1ffL;

  private static final long COUNTERS = -1L >>> 32;

  /** PPN of {@code hgatp}: the root table is aligned to 16 KiB. */
  private static final long ROOT = (1L << 44) - 4;

  private static final long VMID = 0x3fffL << 44;

  private static final long XL64 = 2L << 32;

  private final SoftHart hart;
  private final Hypervisor h;
  private final CsrFile file;

  HypervisorCsrs(SoftHart hart, CsrFile file) {
    this.hart = hart;
    this.file = file;
    h = hart.hypervisor;
  }

  void add() {
    traps();
    interrupts();
    environment();
    translation();
    guestSupervisor();
  }

  private void traps() {
    file.context(
        CsrNumber.HSTATUS, () -> h.hstatus | Hstatus.XL64, v -> h.hstatus = v & Hstatus.WRITABLE);
    file.plain(CsrNumber.HEDELEG, () -> h.hedeleg, v -> h.hedeleg = v & DELEGABLE_EXCEPTIONS);
    file.plain(CsrNumber.HTVAL, () -> h.htval, v -> h.htval = v);
    file.plain(CsrNumber.HTINST, () -> h.htinst, v -> h.htinst = v);
    file.plain(CsrNumber.MTVAL2, () -> h.mtval2, v -> h.mtval2 = v);
    file.plain(CsrNumber.MTINST, () -> h.mtinst, v -> h.mtinst = v);
  }

  // ------------------------------------------------------------ interrupts

  private void interrupts() {
    InterruptUnit unit = hart.interrupts;
    file.context(CsrNumber.HIDELEG, () -> h.hideleg, v -> h.hideleg = v & Interrupts.VIRTUAL);
    file.context(CsrNumber.HIE, () -> hart.mie & Interrupts.VIRTUAL, this::hie);
    file.add(
        CsrNumber.HIP,
        new CsrFile.PendingCsr(
            CsrNumber.HIP,
            () -> unit.pending() & Interrupts.VIRTUAL,
            (v, touched) -> unit.virtualPending(v, touched & Interrupts.VSSIP)));
    file.add(
        CsrNumber.HVIP,
        new CsrFile.PendingCsr(CsrNumber.HVIP, unit::virtualPending, unit::virtualPending));
    // There are no guest external interrupts: GEILEN is 0 (priv §18.2.4).
    file.zero(CsrNumber.HGEIE);
    file.zero(CsrNumber.HGEIP);
    file.context(CsrNumber.VSIE, this::vsie, this::vsie);
    file.add(CsrNumber.VSIP, new CsrFile.PendingCsr(CsrNumber.VSIP, this::vsip, this::vsip));
    file.add(
        CsrNumber.VSTIMECMP,
        new Csr(CsrNumber.VSTIMECMP, unit::guestTimer, unit::guestTimer, this::timerAllowed, true));
  }

  /** In a virtual mode it is out of reach for its number; that is not for the timer to say. */
  private Permission timerAllowed() {
    return file.timer() == Permission.ILLEGAL ? Permission.ILLEGAL : Permission.ALLOWED;
  }

  private void hie(long value) {
    hart.mie = hart.mie & ~Interrupts.VIRTUAL | value & Interrupts.VIRTUAL;
  }

  /** {@code vsie}: as far as delegated, and with the numbers of an ordinary supervisor's. */
  long vsie() {
    return (hart.mie & h.hideleg) >>> 1;
  }

  void vsie(long value) {
    hart.mie = hart.mie & ~h.hideleg | value << 1 & h.hideleg;
  }

  long vsip() {
    return (hart.interrupts.pending() & h.hideleg) >>> 1;
  }

  void vsip(long value, long touched) {
    hart.interrupts.virtualPending(value << 1, touched << 1 & h.hideleg & Interrupts.VSSIP);
  }

  // ------------------------------------------------------------ environment

  private void environment() {
    file.plain(CsrNumber.HCOUNTEREN, () -> h.hcounteren, v -> h.hcounteren = v & COUNTERS);
    file.context(CsrNumber.HTIMEDELTA, hart.interrupts::timeDelta, hart.interrupts::timeDelta);
  }

  /** {@code henvcfg}, whose guard {@link StateEnables} knows. */
  void henvcfg(long value) {
    h.henvcfg = CsrFile.cbie(value & Envcfg.MENVCFG_WRITABLE, h.henvcfg);
    file.environmentChanged();
  }

  // ------------------------------------------------------------ translation

  private void translation() {
    file.add(
        CsrNumber.HGATP,
        new Csr(CsrNumber.HGATP, () -> h.hgatp, this::hgatp, this::hgatpAllowed, true));
    file.context(CsrNumber.VSATP, () -> h.vsatp, this::vsatp);
  }

  private Permission hgatpAllowed() {
    boolean trapped =
        !hart.virtual
            && hart.privilege == Privilege.SUPERVISOR
            && (hart.mstatus & Mstatus.TVM) != 0;
    return trapped ? Permission.ILLEGAL : Permission.ALLOWED;
  }

  /**
   * A mode that the hart does not offer leaves the old one; the other fields are written (priv
   * §18.2.10), without translation as well: Linux names a guest to {@code hfence.vvma} by a VMID
   * alone.
   */
  private void hgatp(long value) {
    PagingMode mode = PagingMode.ofSecondStage(value);
    long code = hart.offers(mode) ? mode.code : h.hgatp >>> 60;
    h.hgatp = code << 60 | value & (VMID | ROOT);
    hart.mmu.guestTables(h.vsatp, h.hgatp);
  }

  void vsatp(long value) {
    h.vsatp = file.legalSatp(value, h.vsatp);
    hart.mmu.guestTables(h.vsatp, h.hgatp);
  }

  // ------------------------------------------------------------ VS mode's

  private void guestSupervisor() {
    TrapRegisters vs = h.otherTrap;
    file.context(CsrNumber.VSSTATUS, this::vsstatus, this::vsstatus);
    file.plain(CsrNumber.VSTVEC, vs::tvec, v -> vs.tvec(CsrFile.tvec(v, vs.tvec())));
    file.plain(CsrNumber.VSSCRATCH, vs::scratch, vs::scratch);
    file.plain(CsrNumber.VSEPC, vs::epc, v -> vs.epc(v & ~1L));
    file.plain(CsrNumber.VSCAUSE, vs::cause, vs::cause);
    file.plain(CsrNumber.VSTVAL, vs::tval, vs::tval);
  }

  private long vsstatus() {
    boolean dirty = (h.otherStatus & Mstatus.FS) == Mstatus.FS_DIRTY;
    return h.otherStatus | XL64 | (dirty ? Mstatus.SD : 0);
  }

  private void vsstatus(long value) {
    h.otherStatus = value & Mstatus.S_WRITABLE;
    hart.updateTranslation();
  }
}

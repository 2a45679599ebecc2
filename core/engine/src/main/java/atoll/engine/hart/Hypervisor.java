package atoll.engine.hart;

import atoll.engine.mmu.Envcfg;
import atoll.engine.mmu.Mstatus;

/**
 * The state that the hypervisor extension adds to a hart (priv, H).
 *
 * <p>Supervisor mode's registers are there twice, one set for HS and one for VS mode. Those in
 * force are where everybody looks for them: the trap registers in {@link SoftHart#supervisor}, the
 * fields of {@code sstatus} in {@link SoftHart#mstatus}. So neither the engines nor translated code
 * ask which mode it is; the sets are exchanged when V changes.
 */
public final class Hypervisor {
  private final SoftHart hart;

  /** The supervisor's trap registers that are not in force: VS's while V is clear, else HS's. */
  final TrapRegisters otherTrap;

  /** Of {@code sstatus}, likewise: the fields in {@link Mstatus#S_WRITABLE}. */
  long otherStatus;

  public long hstatus;
  long hedeleg;
  long hideleg;
  long hcounteren;
  long htval;
  long htinst;
  long hgatp;
  long henvcfg;
  long vsatp;
  long mtval2;
  long mtinst;

  Hypervisor(SoftHart hart) {
    this.hart = hart;
    otherTrap = new TrapRegisters(hart.state, StateBlock.OTHER_TRAP);
  }

  void reset() {
    otherTrap.clear();
    otherStatus = 0;
    hstatus = 0;
    hedeleg = 0;
    hideleg = 0;
    hcounteren = 0;
    htval = 0;
    htinst = 0;
    hgatp = 0;
    henvcfg = 0;
    vsatp = 0;
    mtval2 = 0;
    mtinst = 0;
  }

  /** Sets V. Translation must be updated afterwards. */
  void virtual(boolean value) {
    if (hart.virtual == value) {
      return;
    }
    hart.virtual = value;
    long mine = hart.mstatus & Mstatus.S_WRITABLE;
    hart.mstatus = hart.mstatus & ~Mstatus.S_WRITABLE | otherStatus;
    otherStatus = mine;
    hart.supervisor.swap(otherTrap);
  }

  /** {@code henvcfg} without what {@code menvcfg} takes away (priv §18.2.5). */
  long environment() {
    long shared = Envcfg.ADUE | Envcfg.PBMTE | Envcfg.STCE;
    return henvcfg & (hart.environment.menvcfg | ~shared);
  }
}

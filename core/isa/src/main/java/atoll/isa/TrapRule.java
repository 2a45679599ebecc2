package atoll.isa;

/** When an instruction traps because of the mode that executes it. */
public enum TrapRule {
  NEVER("never"),
  /** Environment calls. */
  ALWAYS("in every mode"),
  MACHINE("below M"),
  SUPERVISOR("below S"),
  /** Priv., Virtualization Support in mstatus Register. */
  TVM("below S; in S where mstatus.TVM is set, in VS where hstatus.VTVM is"),
  /** Priv., Virtualization Support in mstatus Register. */
  TSR("below S; in S where mstatus.TSR is set, in VS where hstatus.VTSR is"),
  /** Priv., Virtualization Support in mstatus Register. */
  TW("below M where mstatus.TW is set, in VS where hstatus.VTW is, wfi in U always"),
  /** Priv., CSR Address Mapping Conventions: bits 9:8 of the number name the lowest mode. */
  CSR("below the mode that the CSR's number names; counters by mcounteren, hcounteren, scounteren"),
  /** Priv., menvcfg and senvcfg Registers. */
  ENVCFG("below M where menvcfg, in V also henvcfg, in U also senvcfg, does not enable it"),
  /** Priv., Hypervisor Memory-Management Instructions. */
  HYPERVISOR("in U and in virtual modes"),
  /** Priv., Hypervisor Virtual-Machine Load and Store Instructions. */
  HU("in virtual modes; in U unless hstatus.HU is set");

  private final String text;

  TrapRule(String text) {
    this.text = text;
  }

  /** In words: {@code below S; in S where mstatus.TVM is set}. */
  public String text() {
    return text;
  }
}

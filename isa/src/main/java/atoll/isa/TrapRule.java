package atoll.isa;

/** When an instruction traps because of the mode that executes it. */
public enum TrapRule {
  NEVER("never"),
  /** Environment calls. */
  ALWAYS("in every mode"),
  MACHINE("below M"),
  SUPERVISOR("below S"),
  /** Priv. 3.1.6.6. */
  TVM("below S; in S where mstatus.TVM is set"),
  /** Priv. 3.1.6.6. */
  TSR("below S; in S where mstatus.TSR is set"),
  /** Priv. 3.1.6.6. */
  TW("below M where mstatus.TW is set, unless it ends in bounded time"),
  /** Zicsr (unpriv. 6) and priv. 2.1: bits 9:8 of the number name the lowest mode. */
  CSR("below the mode that the CSR's number names; counters by mcounteren and scounteren"),
  /** Priv. 3.1.18 and 10.1.10. */
  ENVCFG("below M where menvcfg, in U also where senvcfg, does not enable it"),
  /** Priv. 15.3.1. */
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

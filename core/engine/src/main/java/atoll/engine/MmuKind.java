package atoll.engine;

import java.util.Locale;

/** The ways in which a machine's addresses become the platform's; docs/mmu.md compares them. */
public enum MmuKind {
  /**
   * The guest's tables and the machine's own map are folded into one TLB entry at each miss; no
   * tables of the hypervisor's, no exits.
   */
  FOLDED("tables and map folded into the TLB"),

  /** As NOVA's virtual TLB: a miss is an exit, and the kernel walks the guest's tables. */
  VTLB("virtual TLB, filled by the kernel"),

  /**
   * As Xen and VMware: shadows of the guest's tables lead to machine memory; the hart walks them.
   */
  SHADOW("shadow tables, walked by the hart"),

  /** Two-stage paging: the hart walks the guest's tables through tables of the hypervisor's. */
  NESTED("two-stage tables, walked by the hart"),

  /**
   * As Xen's direct mode: the hart walks tables of machine addresses that the guest has registered
   * and changes by calls.
   */
  DIRECT("the guest's registered tables of machine addresses, for guests made for it");

  private final String text;

  MmuKind(String text) {
    this.text = text;
  }

  /** In a few words. */
  public String text() {
    return text;
  }

  /** In one word. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}

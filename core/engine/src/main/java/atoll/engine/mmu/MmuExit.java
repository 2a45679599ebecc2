package atoll.engine.mmu;

/** Why guest code was left, or interrupted by the hypervisor, for the sake of its translation. */
enum MmuExit {
  /** A TLB miss for which the guest's tables had a page of RAM or of a window. */
  MISS("miss"),

  /** One for which they had nothing: the guest takes its own fault. */
  GUEST_FAULT("guest fault"),

  /** One that led out of RAM: a device's. */
  HOST_FAULT("host fault"),

  /** A store to a table that there are shadows of, or to a registered one, which is refused. */
  TABLE_WRITE("table write"),

  /** A write of {@code satp}. */
  ADDRESS_SPACE("address space"),

  /** A fence. */
  FENCE("fence"),

  /** A call that asks for the machine's address of a page. */
  LOOKUP("lookup"),

  /** A call that pins or unpins a table. */
  PIN("pin"),

  /** A call that changes entries of registered tables. */
  UPDATE("update");

  /** The name in statistics. */
  final String text;

  MmuExit(String text) {
    this.text = text;
  }
}

package atoll.bench;

import java.util.Locale;

/** Where the device model of a disk is, and which CPUs execute whoever serves it. */
enum DriverKind {
  MONITOR("monitor", false),
  PASS_THROUGH("pass-through", false),
  /** Each VM has a CPU of its own. */
  DRIVER("driver VM", false),
  /** Both VMs share two. */
  DRIVER_POOL("driver VM, pool", true),
  /**
   * Each has a CPU of its own, and on each is another machine of middle priority that never rests.
   */
  DRIVER_BUSY("driver VM, busy", false),
  DEBIAN("Debian", false),
  DEBIAN_POOL("Debian, pool", true);

  /** As a table has it. */
  final String title;

  /** Whether the VMs share their CPUs. */
  final boolean pool;

  DriverKind(String title, boolean pool) {
    this.title = title;
    this.pool = pool;
  }

  /** Whether another VM has the disk. */
  boolean served() {
    return this != MONITOR && this != PASS_THROUGH;
  }

  boolean debian() {
    return this == DEBIAN || this == DEBIAN_POOL;
  }

  /** As it is typed. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

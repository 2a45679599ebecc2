package atoll.vmm;

/** Interrupt inputs of a hart, numbered as bits of {@code mip} (priv §3.1.9). */
final class InterruptInput {
  static final int SUPERVISOR_SOFTWARE = 1;
  static final int MACHINE_SOFTWARE = 3;
  static final int SUPERVISOR_TIMER = 5;
  static final int MACHINE_TIMER = 7;
  static final int SUPERVISOR_EXTERNAL = 9;
  static final int MACHINE_EXTERNAL = 11;

  private InterruptInput() {}
}

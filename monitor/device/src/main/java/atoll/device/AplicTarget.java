package atoll.device;

/** Where a domain of an APLIC delivers the interrupts that are pending and enabled in it. */
public interface AplicTarget {
  /** Whether it is by messages, which end what is pending (RISC-V AIA 1.0, §4.9). */
  boolean byMessage();

  /** Bits of a target register that can be written, beside the hart's number. */
  int writable();

  /**
   * Delivers a message; called only if {@link #byMessage}.
   *
   * @param target the value of a target register, or of genmsi
   */
  default void send(int target) {}

  /**
   * Says whether a hart has an interrupt; called only if not {@link #byMessage}.
   *
   * @param hart its number
   */
  default void drive(int hart, boolean high) {}

  /** How many harts there are. */
  int harts();
}

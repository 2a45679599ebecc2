package atoll.device;

/** Refuses a saved state that this build cannot read. */
public final class StateVersion {
  private StateVersion() {}

  /**
   * Checks a state's version.
   *
   * @param device whose state it is, for the message
   * @throws IllegalArgumentException if {@code found} is not {@code known}
   */
  public static void require(String device, int found, int known) {
    if (found != known) {
      throw new IllegalArgumentException(
          "the saved state of %s has version %d; this Atoll reads version %d: use the one that saved it"
              .formatted(device, found, known));
    }
  }

  /**
   * Checks that a saved list has the length that this device has.
   *
   * @throws IllegalArgumentException if not
   */
  public static void requireCount(String what, int found, int expected) {
    if (found != expected) {
      throw new IllegalArgumentException(
          "the saved state has %d %s, this machine %d: restore into a machine of the same shape"
              .formatted(found, what, expected));
    }
  }
}

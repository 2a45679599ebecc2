package atoll.state;

/** Refuses a state of something that is built differently. */
public final class StateShape {
  private StateShape() {}

  /**
   * Checks that a saved list has the length that is needed here.
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

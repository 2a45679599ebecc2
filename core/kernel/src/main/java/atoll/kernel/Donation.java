package atoll.kernel;

/**
 * The priority that a client lends to a service by ringing its bell, while the service's handler
 * runs on the client's thread.
 */
final class Donation {
  /** Nothing is lent. */
  static final int NONE = -1;

  private static final ScopedValue<Integer> PRIORITY = ScopedValue.newInstance();

  private Donation() {}

  /** Runs a handler that may pass {@code priority} on. */
  static void during(int priority, Runnable handler) {
    ScopedValue.where(PRIORITY, priority).run(handler);
  }

  /** Whether the calling thread runs a handler that has something to pass on. */
  static boolean present() {
    return PRIORITY.isBound() && PRIORITY.get() != NONE;
  }

  /** What it is; there is one. */
  static int priority() {
    return PRIORITY.get();
  }
}

package atoll.host;

/**
 * Where every class gets its time from; handed down, never looked up.
 *
 * <p>A deterministic run hands down a virtual clock, so no other class calls {@link
 * System#nanoTime}.
 */
public interface Clock {
  /** Nanoseconds since this clock's origin: monotonic, never negative. */
  long nanos();

  /** Nanoseconds since 1970-01-01T00:00Z, for a guest's real-time clock. */
  long epochNanos();

  /** The host's own clock, its origin at the call. */
  static Clock host() {
    return new HostClock();
  }
}

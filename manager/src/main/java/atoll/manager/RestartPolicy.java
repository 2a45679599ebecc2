package atoll.manager;

import java.time.Duration;
import java.util.Objects;

/**
 * When a virtual machine that has ended is started again from its image.
 *
 * @param max how often; after that it stays as it ended
 * @param backoff between the end and the new start; doubled each time
 */
public record RestartPolicy(When when, int max, Duration backoff) {
  /** The most restarts that can be asked for. */
  public static final int MOST = 1_000_000;

  /** How often a machine is restarted that does not say. */
  public static final int DEFAULT_MAX = 5;

  /** How long it waits before that. */
  public static final Duration DEFAULT_BACKOFF = Duration.ofMillis(100);

  /** It stays as it ended. */
  public static final RestartPolicy NEVER = of(When.NEVER);

  /** After which ends. */
  public enum When {
    NEVER,

    /** A panic, a failure code, a machine that cannot go on, a missed watchdog. */
    ON_FAILURE,

    /** These, and an orderly power-off or reset too. */
    ALWAYS
  }

  public RestartPolicy {
    Objects.requireNonNull(when, "when");
    if (max < 1 || max > MOST) {
      throw new ManagerException(
          "a machine can be restarted 1 to %,d times, not %,d".formatted(MOST, max));
    }
    if (backoff.isNegative()) {
      throw new ManagerException(
          "a backoff cannot be %s; give 100ms or the like".formatted(backoff));
    }
  }

  /** With the usual limits. */
  public static RestartPolicy of(When when) {
    return new RestartPolicy(when, DEFAULT_MAX, DEFAULT_BACKOFF);
  }
}

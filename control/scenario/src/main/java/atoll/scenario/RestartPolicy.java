package atoll.scenario;

import atoll.image.RefusedException;
import atoll.vmm.Outcome;
import java.time.Duration;
import java.util.Objects;

/**
 * When a virtual machine that has ended is started again, and from what.
 *
 * @param max how often; after that it stays as it ended
 * @param backoff between the end and the new start; doubled each time, up to a minute
 * @param from with what it begins
 */
public record RestartPolicy(When when, int max, Duration backoff, From from) {
  /** The most restarts that can be asked for. */
  public static final int MOST = 1_000_000;

  /** How often a machine is restarted that does not say. */
  public static final int DEFAULT_MAX = 5;

  /** How long it waits before that. */
  public static final Duration DEFAULT_BACKOFF = Duration.ofMillis(100);

  /** A wait is doubled up to here, so that a machine that keeps failing comes back the same day. */
  private static final Duration LONGEST = Duration.ofMinutes(1);

  /** By which the shortest backoff reaches it. */
  private static final int MOST_DOUBLINGS = 16;

  /** It stays as it ended. */
  public static final RestartPolicy NEVER = of(When.NEVER);

  /** However often. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  /** Whenever it resets itself, at once, as hardware would. */
  public static final RestartPolicy REBOOT =
      new RestartPolicy(When.ON_RESET, UNLIMITED, Duration.ZERO);

  /** With what a machine begins again. */
  public enum From {
    /** With its images, as at power-on. */
    IMAGES,

    /**
     * Where it was at the system's last snapshot, if it has failed; with its images without one.
     */
    SNAPSHOT
  }

  /** After which ends. */
  public enum When {
    NEVER,

    /** A reset that the guest asks for. */
    ON_RESET,

    /**
     * A panic, a failure code, a machine that cannot go on, a missed watchdog, and a reset, which
     * Linux asks for in a panic as well.
     */
    ON_FAILURE,

    /** These, and an orderly power-off too. */
    ALWAYS
  }

  public RestartPolicy {
    Objects.requireNonNull(when, "when");
    Objects.requireNonNull(from, "from");
    if (max < 1 || max > MOST && max != UNLIMITED) {
      throw new RefusedException(
          "a VM can be restarted 1 to %,d times, not %,d".formatted(MOST, max));
    }
    if (backoff.isNegative()) {
      throw new RefusedException(
          "a backoff cannot be %s; give 100ms or the like".formatted(backoff));
    }
  }

  /** From the images. */
  public RestartPolicy(When when, int max, Duration backoff) {
    this(when, max, backoff, From.IMAGES);
  }

  /** With the usual limits. */
  public static RestartPolicy of(When when) {
    return new RestartPolicy(when, DEFAULT_MAX, DEFAULT_BACKOFF);
  }

  private static boolean failed(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Poweroff(int code) -> code != 0;
      case Outcome.Reset(), Outcome.Panic(), Outcome.Watchdog() -> true;
      case Outcome.Failed failure -> true;
      case Outcome.Stopped() -> false;
    };
  }

  /** Whether a machine that has ended so goes back to a snapshot. */
  public boolean goesBack(Outcome outcome) {
    return from == From.SNAPSHOT && failed(outcome);
  }

  /** Whether a machine that has ended so is started again. */
  public boolean restarts(Outcome outcome) {
    boolean failed = failed(outcome);
    return switch (when) {
      case NEVER -> false;
      case ON_RESET -> outcome instanceof Outcome.Reset;
      case ON_FAILURE -> failed;
      case ALWAYS -> failed || outcome instanceof Outcome.Poweroff;
    };
  }

  /** How long it waits after that many restarts. */
  public Duration backoff(int restarts) {
    int doublings = Math.min(restarts, MOST_DOUBLINGS);
    Duration wait = backoff.multipliedBy(1L << doublings);
    Duration most = backoff.compareTo(LONGEST) > 0 ? backoff : LONGEST;
    return wait.compareTo(most) < 0 ? wait : most;
  }
}

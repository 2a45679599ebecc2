package atoll.scenario;

import atoll.image.RefusedException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * The claim of each vCPU of a virtual machine to its physical CPU's time. Which part counts depends
 * on the CPU's {@link CpuPolicy}.
 *
 * @param priority 0, which yields to all others, to 255; for {@code priority}
 * @param weight 1 to 1024, its share beside others; for {@code fair}
 * @param budget at most so much in each period; for {@code priority}
 */
public record Schedule(int priority, int weight, Optional<Budget> budget) {
  /** The highest priority. */
  public static final int MAX_PRIORITY = 255;

  /** The largest weight. */
  public static final int MAX_WEIGHT = 1024;

  /** The priority of those that say nothing. */
  public static final int DEFAULT_PRIORITY = 128;

  /** The default priority of a service: above the VMs that it serves. */
  public static final int SERVICE_PRIORITY = 192;

  /** The weight of those that say nothing. */
  public static final int DEFAULT_WEIGHT = 100;

  /**
   * A reservation: at most, and if the CPU is not overcommitted at least, so much time per period.
   */
  public record Budget(Duration time, Duration period) {
    public Budget {
      if (time.isZero() || time.isNegative() || time.compareTo(period) > 0) {
        throw new RefusedException(
            "a budget must be longer than 0 and at most its period of %s, not %s"
                .formatted(period, time));
      }
    }

    /** Which part of a CPU's time that is: more than 0, at most 1. */
    public double utilisation() {
      return (double) time.toNanos() / period.toNanos();
    }
  }

  public Schedule {
    Objects.requireNonNull(budget, "budget");
    if (priority < 0 || priority > MAX_PRIORITY) {
      throw new RefusedException("a priority is 0 to %d, not %d".formatted(MAX_PRIORITY, priority));
    }
    if (weight < 1 || weight > MAX_WEIGHT) {
      throw new RefusedException("a weight is 1 to %d, not %d".formatted(MAX_WEIGHT, weight));
    }
  }

  /**
   * The default.
   *
   * @param service whether it serves others, and so ranks before them
   */
  public static Schedule ofRank(boolean service) {
    return new Schedule(
        service ? SERVICE_PRIORITY : DEFAULT_PRIORITY, DEFAULT_WEIGHT, Optional.empty());
  }
}

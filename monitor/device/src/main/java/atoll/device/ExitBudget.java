package atoll.device;

import atoll.state.Unsaved;

/**
 * How much an exit, or one step of what it has left over, may still do for a guest. Counted in work
 * and not in time, so that a run can be repeated; a unit is about a nanosecond on a host of
 * ordinary speed. The code that spends units has the cost of a piece of work as a named constant.
 *
 * <p>Used by one thread at a time.
 */
@Unsaved("of the step under way")
public final class ExitBudget {
  /** What an exit may do: about 50 µs. */
  public static final long UNITS = 50_000;

  private long left = UNITS;

  /** Begins the next step. */
  public ExitBudget refill() {
    left = UNITS;
    return this;
  }

  /** Whether nothing is left, so that the rest is for the next step. */
  public boolean spent() {
    return left <= 0;
  }

  /** What has been spent of it. */
  public long used() {
    return UNITS - left;
  }

  /** Leaves nothing: there is no reason to go on in this step. */
  public void exhaust() {
    left = Math.min(left, 0);
  }

  /** Takes {@code units} off; the last piece of work of a step may cost more than was left. */
  public void spend(long units) {
    left -= units;
  }
}

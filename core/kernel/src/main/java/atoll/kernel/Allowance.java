package atoll.kernel;

import atoll.kernel.SchedulingContext.Reservation;

/** What is left of a context's budget in its present period. Thread-safe. */
public final class Allowance {
  /** The first period begins when the context is first looked at. */
  private static final long UNSET = -1;

  private final Reservation reservation;
  private long left;
  private long replenishment = UNSET;

  /**
   * The whole state.
   *
   * @param left nanoseconds left in this period; an overrun makes it negative
   * @param replenishment when the next one begins, in the clock's nanoseconds; -1 before the first
   */
  public record State(long left, long replenishment) {}

  Allowance(Reservation reservation) {
    this.reservation = reservation;
    left = reservation.budget();
  }

  /** Begins the period that {@code now} is in, and returns what is left in it. */
  long at(long now) {
    return reservation.limited() ? replenished(now) : reservation.budget();
  }

  private synchronized long replenished(long now) {
    if (replenishment < 0) {
      replenishment = now + reservation.period();
    }
    if (replenishment <= now) {
      long periods = 1 + (now - replenishment) / reservation.period();
      replenishment += periods * reservation.period();
      left = Math.min(reservation.budget(), left + periods * reservation.budget());
    }
    return left;
  }

  synchronized long left() {
    return left;
  }

  /** When the next period begins. */
  synchronized long replenishment() {
    return replenishment;
  }

  void charge(long nanos) {
    if (reservation.limited()) {
      take(nanos);
    }
  }

  private synchronized void take(long nanos) {
    left -= nanos;
  }

  synchronized State state() {
    return new State(left, replenishment);
  }

  synchronized void restore(State state) {
    left = Math.min(state.left, reservation.budget());
    replenishment = state.replenishment;
  }
}

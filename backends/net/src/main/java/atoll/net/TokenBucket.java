package atoll.net;

/** How much may pass: so much a second, and a little more after a pause. For one thread. */
final class TokenBucket {
  private static final long SECOND = 1_000_000_000;

  private final long rate;
  private final long most;
  private double left;
  private long seen;

  /**
   * @param rate units a second
   * @param most units at once after a pause
   */
  TokenBucket(long rate, long most) {
    this.rate = rate;
    this.most = most;
    left = most;
  }

  /**
   * Takes {@code units} if something may pass; the last to pass may be larger than what is left.
   */
  boolean take(long units, long now) {
    left = Math.min((double) most, left + (double) (now - seen) * rate / SECOND);
    seen = now;
    if (left <= 0) {
      return false;
    }
    left -= units;
    return true;
  }

  /** When something may pass again. */
  long next() {
    return left > 0 ? seen : seen + (long) (-left * SECOND / rate) + 1;
  }
}

package atoll.net;

/** When what was sent is sent again (RFC 6298). Times in nanoseconds. */
final class TcpTimer {
  private static final long MILLISECOND = 1_000_000;
  private static final long FIRST = 1_000 * MILLISECOND;
  private static final long LEAST = 200 * MILLISECOND;
  private static final long MOST = 60_000 * MILLISECOND;
  private static final int MOST_BACKOFF = 9;

  private long smoothed;
  private long deviation;
  private long base = FIRST;
  private int tries;
  private int backoff;

  /** What is being timed, if anything is. */
  private boolean timing;

  private int timed;
  private long since;

  /** Times the answer to what ends at a number, unless something is being timed. */
  void sent(int end, long now) {
    if (!timing) {
      timing = true;
      timed = end;
      since = now;
    }
  }

  /** Everything up to a number has arrived. */
  void acknowledged(int number, long now) {
    tries = 0;
    backoff = 0;
    if (timing && number - timed >= 0) {
      timing = false;
      measured(now - since);
    }
  }

  private void measured(long time) {
    if (smoothed == 0) {
      smoothed = time;
      deviation = time / 2;
    } else {
      deviation += (Math.abs(time - smoothed) - deviation) / 4;
      smoothed += (time - smoothed) / 8;
    }
    base = Math.clamp(smoothed + Math.max(MILLISECOND, 4 * deviation), LEAST, MOST);
  }

  /** Nothing has arrived in time; what is sent again cannot be timed (Karn's algorithm). */
  void expired() {
    tries++;
    backoff = Math.min(backoff + 1, MOST_BACKOFF);
    timing = false;
  }

  /** What was being timed is sent again for another reason. */
  void stop() {
    timing = false;
  }

  /** How often in a row nothing has arrived. */
  int tries() {
    return tries;
  }

  /** Something has arrived, if only to say that there is no room. */
  void alive() {
    tries = 0;
  }

  /** There is room again. */
  void opened() {
    backoff = 0;
  }

  /** How long to wait. */
  long timeout() {
    return Math.min(MOST, base << backoff);
  }
}

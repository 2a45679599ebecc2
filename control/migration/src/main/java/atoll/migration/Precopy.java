package atoll.migration;

import java.time.Duration;

/**
 * Decides after each round whether the system is stopped now, copied once more, or held back. It is
 * told times, and asks no clock.
 */
final class Precopy {
  /** What takes time besides pages, until it has been seen: the state, and to make the system. */
  private static final Duration AROUND = Duration.ofMillis(15);

  /** A round of fewer pages says how long a word takes, and not how fast pages go. */
  private static final int TELLING = 512;

  /** Until anything is known: bytes of pages in a second. */
  private static final double GUESS = 50e6;

  /** A round that leaves more than this part of what it has sent has not got on. */
  private static final double PROGRESS = 0.7;

  /** So many rounds in a row that have not got on are answered by holding processors back. */
  private static final int STUCK = 2;

  private static final int FIRST_THROTTLE = 20;
  private static final int MORE_THROTTLE = 15;
  private static final int MOST_THROTTLE = 95;

  /** After so many rounds at the most throttle it will not get better. */
  private static final int HOPELESS = 10;

  private final MigrationSettings settings;
  private double rate = GUESS;
  private int stuck;
  private int throttle;
  private int hopeless;

  Precopy(MigrationSettings settings) {
    this.settings = settings;
  }

  /** What is done next. */
  enum Next {
    /** What was written to is copied while it runs. */
    COPY,
    /** It is stopped, and the rest copied. */
    STOP,
    /** It stays where it is. */
    GIVE_UP
  }

  /**
   * A round is over.
   *
   * @param sent pages that were copied in it
   * @param nanos that it took
   * @param left pages that were written to meanwhile
   * @param elapsed since the migration began
   */
  Next after(long sent, long nanos, long left, Duration elapsed) {
    if (sent >= TELLING && nanos > 0) {
      rate = (double) sent * Region.PAGE * 1e9 / nanos;
    }
    if (expected(left).compareTo(settings.downtime()) <= 0) {
      return Next.STOP;
    }
    if (elapsed.compareTo(settings.limit()) > 0) {
      return Next.GIVE_UP;
    }
    stuck = left > sent * PROGRESS ? stuck + 1 : 0;
    if (stuck >= STUCK) {
      hold();
    }
    return hopeless > HOPELESS ? Next.GIVE_UP : Next.COPY;
  }

  private void hold() {
    if (throttle == MOST_THROTTLE) {
      hopeless++;
      return;
    }
    throttle = Math.min(MOST_THROTTLE, throttle == 0 ? FIRST_THROTTLE : throttle + MORE_THROTTLE);
    stuck = 0;
  }

  /** How long it would stand still with so many pages left. */
  Duration expected(long left) {
    return AROUND.plusNanos((long) (left * Region.PAGE * 1e9 / rate));
  }

  /** The part of the time, in percent, for which its processors are to be held. */
  int throttle() {
    return throttle;
  }
}

package atoll.engine.translate;

/**
 * How long translations have taken of late: one that is likely to end after the hart has to be left
 * is put off. Used by the hart's thread only.
 */
final class TranslationTime {
  /** How slowly it is forgotten that one took long, as a part of what is known. */
  private static final int FADING = 16;

  /**
   * So often in a row one is put off before it is doubted that it takes so long: with a slice of
   * guest code between two attempts, some ten milliseconds of it, and so a few windows of a cyclic
   * schedule, each of which begins with all of its time.
   */
  private static final int PATIENCE = 1000;

  /** Nanoseconds, nearly the longest. */
  private long recent;

  private int refusals;

  /**
   * Whether one fits into a time. If none ever does, the longest is forgotten in the end, so that a
   * guest with little time at once is translated, too, and a single long one, or a host that has
   * taken the CPU away, does not keep all others out.
   *
   * @param nanos what is left
   */
  boolean fits(long nanos) {
    if (nanos >= recent) {
      refusals = 0;
      return true;
    }
    if (++refusals > PATIENCE) {
      recent -= fading();
    }
    return false;
  }

  /** One has taken so many nanoseconds. */
  void took(long nanos) {
    recent = Math.max(nanos, recent - fading());
  }

  private long fading() {
    return recent / FADING + 1;
  }
}

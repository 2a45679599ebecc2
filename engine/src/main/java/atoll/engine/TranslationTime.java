package atoll.engine;

/**
 * How long translations have taken of late: one that is likely to end after the hart has to be left
 * is put off. Used by the hart's thread only.
 */
final class TranslationTime {
  /** How slowly it is forgotten that one took long, as a part of what is known. */
  private static final int FADING = 16;

  /** Nanoseconds, nearly the longest. */
  private long recent;

  /**
   * Whether one fits into a time. One that does not is forgotten by and by, so that a single long
   * one, or a host that has taken the CPU away, does not keep all others out.
   *
   * @param nanos what is left
   */
  boolean fits(long nanos) {
    boolean enough = nanos >= recent;
    if (!enough) {
      recent -= fading();
    }
    return enough;
  }

  /** One has taken so many nanoseconds. */
  void took(long nanos) {
    recent = Math.max(nanos, recent - fading());
  }

  private long fading() {
    return recent / FADING + 1;
  }
}

package atoll.device;

/**
 * Work that a guest has caused and that is too long for one exit; done in steps of one budget each.
 */
@FunctionalInterface
public interface GuestWork {
  /** What follows a step. */
  enum Progress {
    /** Nothing is left. */
    DONE,

    /** More is left for the next step. */
    MORE,

    /**
     * Another thread has to finish something first, and calls {@link GuestWorkQueue#ready} then.
     */
    WAIT
  }

  /**
   * Does a piece.
   *
   * @param budget full; the step returns {@link Progress#MORE} soon after it is spent
   */
  Progress step(ExitBudget budget);
}

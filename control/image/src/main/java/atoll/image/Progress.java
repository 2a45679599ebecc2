package atoll.image;

/**
 * Is told of long work: a progress bar or a log, for example. One thread calls it. A step may be
 * part of another, which goes on when the inner one is over.
 */
public interface Progress {
  /** What a step is measured in. */
  enum Unit {
    BYTES,
    RUNS,
    PACKAGES
  }

  /** Tells nobody. */
  Progress SILENT =
      new Progress() {
        @Override
        public void begin(String step, long total, Unit unit) {}

        @Override
        public void advance(long done) {}

        @Override
        public void end() {}
      };

  /**
   * A step begins.
   *
   * @param step what is being done, in a few words
   * @param total how much there is to do, or 0 if that is not known
   */
  void begin(String step, long total, Unit unit);

  /** A step begins that is measured in bytes. */
  default void begin(String step, long total) {
    begin(step, total, Unit.BYTES);
  }

  /** Names the part of the step that is being done now, in a few words. */
  default void doing(String part) {}

  /** So much of the step is done, counted from its start; may go back after a failure. */
  void advance(long done);

  /** The step is over, well or not. */
  void end();
}

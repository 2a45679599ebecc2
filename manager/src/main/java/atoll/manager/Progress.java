package atoll.manager;

/** Who is told of long work: a progress bar, a log, or nobody. One thread calls it. */
public interface Progress {
  /** Tells nobody. */
  Progress SILENT =
      new Progress() {
        @Override
        public void begin(String step, long total) {}

        @Override
        public void advance(long done) {}

        @Override
        public void end() {}
      };

  /**
   * A step begins.
   *
   * @param step what is being done, in a few words
   * @param total bytes to do, or 0 if that is not known
   */
  void begin(String step, long total);

  /** So many bytes of the step are done, counted from its start; may go back after a failure. */
  void advance(long done);

  /** The step is over, well or not. */
  void end();
}

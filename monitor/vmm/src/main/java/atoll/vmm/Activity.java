package atoll.vmm;

/** What a device does by itself, beside serving accesses. */
interface Activity {
  /** The machine runs from now on. */
  default void start() {}

  /** Returns once it does nothing by itself, and touches no guest memory. */
  default void pause() {}

  /** Ends a {@link #pause}. */
  default void resume() {}

  /** The machine has ended, and is paused. */
  default void close() {}
}

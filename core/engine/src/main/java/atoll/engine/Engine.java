package atoll.engine;

import java.util.Optional;

/** A way to execute guest instructions. */
public interface Engine {
  /** The name that {@code --engine} takes. */
  String name();

  /** Makes what executes one of this module's harts; they ask for it when they are made. */
  Executor executor(Hart hart);

  /** Executes one hart's instructions; used by the thread that runs the hart. */
  interface Executor {
    /**
     * Executes at most {@code limit} instructions from {@link Hart#pc()} on, fewer if one of them
     * has an event to handle.
     *
     * @return how many of {@code limit} are left
     */
    int execute(int limit);

    /** Instructions between two looks at interrupts, timers and other harts' requests. */
    default int slice() {
      return 4096;
    }

    /** The same when the hart has to be left at a time: between two looks at the clock. */
    default int timedSlice() {
      return 256;
    }

    /**
     * Whether it notices by itself that the hart waits for another one in a loop; if not, the hart
     * looks where slices end.
     */
    default boolean seesSpinning() {
      return false;
    }

    /** The hart is about to wait for an interrupt, in no run of {@link #execute}. */
    default void waits() {}

    /** What it has translated so far. */
    default TranslationStatistics statistics() {
      return TranslationStatistics.NONE;
    }

    /**
     * The same as code, for harts of other machines; nothing if there is none. No hart of this one
     * executes, and nobody stores to its memory.
     */
    default Optional<HartCode> code() {
      return Optional.empty();
    }

    /** Gives back what the executor holds outside the Java heap. */
    default void close() {}
  }
}

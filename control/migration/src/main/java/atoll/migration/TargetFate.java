package atoll.migration;

/**
 * What the target knows of who may run the system. Once it runs, nothing that is said changes that;
 * once it has been let go of, it never runs here.
 */
enum TargetFate {
  /** Its pages come. */
  RECEIVING,
  /** It is all there, and the source still owns it. */
  PREPARED,
  /** It runs here. */
  RUNS,
  /** It does not, and will not. */
  DISCARDED;

  /** All is there. */
  TargetFate prepared() {
    return this == RECEIVING ? PREPARED : this;
  }

  /** It hears {@link Message.Commit}, which before it is prepared makes no sense. */
  TargetFate hearsCommit() {
    return switch (this) {
      case PREPARED, RUNS -> RUNS;
      case RECEIVING, DISCARDED -> DISCARDED;
    };
  }

  /**
   * The connection is lost, the source keeps it, or it cannot be made here: without a word of the
   * source's it does not run.
   */
  TargetFate isLost() {
    return this == RUNS ? RUNS : DISCARDED;
  }

  /** It was to run, and could not be let go. */
  TargetFate couldNotStart() {
    return DISCARDED;
  }

  /**
   * The source asks, on another connection: so it waits for nothing on the first one, of which a
   * {@link Message.Commit} may still come in. If it has not been heard by now, it is too late.
   */
  TargetFate isAsked() {
    return isLost();
  }

  /** What it answers then. */
  Fate answer() {
    return this == RUNS ? Fate.RUNS_HERE : Fate.NOT_HERE;
  }
}

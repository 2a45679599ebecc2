package atoll.migration;

/**
 * What the source knows of who may run the system. It changes by what is said and heard, and by
 * nothing else; a connection that is lost changes nothing.
 */
enum SourceFate {
  /** The system is the source's, which may let it go on at any time. */
  OWNS,
  /** It has been given up, or that was said at least; whether it runs elsewhere is not known. */
  DOUBT,
  /** It runs elsewhere. */
  GONE;

  /** Whether the source may let it run. */
  boolean mayRun() {
    return this == OWNS;
  }

  /** It is about to say {@link Message.Commit}: before, since what is sent may arrive. */
  SourceFate beforeCommit() {
    if (this != OWNS) {
      throw new IllegalStateException("what is not owned is not given up: " + this);
    }
    return DOUBT;
  }

  /** It hears {@link Message.Running}. */
  SourceFate hearsRunning() {
    return this == DOUBT ? GONE : this;
  }

  /** It hears what has become of the migration. */
  SourceFate hears(Fate answer) {
    return switch (answer) {
      case RUNS_HERE -> hearsRunning();
      case NOT_HERE -> this == DOUBT ? OWNS : this;
      case UNKNOWN -> this;
    };
  }

  /** An operator has found out that it does not run elsewhere. */
  SourceFate operatorKeeps() {
    return this == DOUBT ? OWNS : this;
  }

  /** An operator has found out that it runs elsewhere, or wants it no more. */
  SourceFate operatorGivesUp() {
    return this == DOUBT ? GONE : this;
  }
}

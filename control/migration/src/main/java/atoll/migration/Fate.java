package atoll.migration;

/** What a target says of a migration. */
enum Fate {
  /** The system runs, or has run, here. */
  RUNS_HERE,
  /** It does not run here, and will not. */
  NOT_HERE,
  /** Nothing is known of it: this is another process than the one that it went to. */
  UNKNOWN
}

package atoll.engine;

/** The result of a guest's call on its registered page tables. */
public enum TableStatus {
  /** All that was asked for. */
  DONE,

  /** A part of it, since a call does no more than so much; there is a call that goes on. */
  UNFINISHED,

  /** An entry, a level or a count is none. */
  MALFORMED,

  /** An address is not the machine's, or not aligned. */
  FOREIGN,

  /** A page is used as something else, or still used. */
  CONFLICT,

  /** The table is pinned already. */
  KNOWN
}

package atoll.engine;

/** What one hart's translation has done; counted by its thread, the same under each technique. */
final class MmuCounters {
  private final long[] exits = new long[MmuExit.values().length];

  /** Misses of the hart's TLBs that were answered: by a page, or by a fault. */
  long misses;

  /** Misses that ended in a cached translation. */
  long fills;

  /** Whole or partial flushes that the guest asked for. */
  long flushes;

  /** Walks of the hypervisor's tables, and the entries that they read. */
  long secondWalks;

  long secondReferences;

  void count(MmuExit cause) {
    exits[cause.ordinal()]++;
  }

  long exits(MmuExit cause) {
    return exits[cause.ordinal()];
  }
}

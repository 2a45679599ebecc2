package atoll.engine.mmu;

import atoll.engine.MmuKind;
import atoll.engine.MmuStatistics;
import atoll.state.Unsaved;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Counters of one hart's address translation; counted by its thread, the same under each technique.
 */
@Unsaved("for statistics")
public final class MmuCounters {
  /** One cell by cause. */
  private final Map<MmuExit, long[]> exits = new EnumMap<>(MmuExit.class);

  /** Misses of the hart's TLBs that were answered: by a page, or by a fault. */
  long misses;

  /** Misses that ended in a cached translation. */
  public long fills;

  /** Whole or partial flushes that the guest asked for, but for those in translated code. */
  public long flushes;

  /** Cached translations that were there before others had the thread, and not afterwards. */
  private long lost;

  /** Those that there were when others got the thread. */
  private int kept;

  /** Walks of the hypervisor's tables, and the entries that they read. */
  long secondWalks;

  long secondReferences;

  MmuCounters() {
    for (MmuExit cause : MmuExit.values()) {
      exits.put(cause, new long[1]);
    }
  }

  void count(MmuExit cause) {
    exits.get(cause)[0]++;
  }

  /** Others have the thread from now on, and these translations are cached. */
  void put(int translations) {
    kept = translations;
  }

  /** The thread is back, and these are still there: others have cost what is missing. */
  void load(int translations) {
    lost += Math.max(0, kept - translations);
    kept = 0;
  }

  long exits(MmuExit cause) {
    return exits.get(cause)[0];
  }

  /**
   * The numbers as they are.
   *
   * @param fences that translated code has executed
   */
  MmuStatistics statistics(MmuKind technique, PageWalker walker, long tableBytes, long fences) {
    Map<String, Long> causes = new LinkedHashMap<>();
    exits.forEach((cause, count) -> causes.put(cause.text, count[0]));
    return new MmuStatistics(
        Optional.of(technique),
        misses,
        fills,
        walker.walks,
        walker.references,
        secondWalks,
        secondReferences,
        causes,
        flushes + fences,
        lost,
        tableBytes);
  }
}

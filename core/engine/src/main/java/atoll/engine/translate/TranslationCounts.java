package atoll.engine.translate;

import atoll.engine.TranslationStatistics;
import atoll.engine.decode.Invalidation;
import atoll.engine.decode.Predecoder;
import atoll.engine.target.CodeArea;
import atoll.isa.CsrNumber;
import atoll.isa.Instruction;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Counters of a hart's translator; counted by the hart's thread. */
final class TranslationCounts {
  /** The reasons for which translated code is left, by their number in {@link CodeExit}. */
  private static final String[] REASONS = {
    "slow", "link", "lookup", "budget", "stale", "refresh", "spin"
  };

  /** How many numbers CSRs have. */
  private static final int CSRS = 4096;

  final long[] exits = new long[REASONS.length];

  /** Instructions that translated code left to Java, by operation; those for CSRs are not here. */
  final long[] slow = new long[Predecoder.OP_MASK + 1];

  /** Accesses to CSRs that it left to Java, by number; made by need. */
  private volatile long[] slowCsrs = {};

  long blocks;
  long blockInstructions;
  long regions;
  long regionInstructions;
  long refusedRegions;

  /** Regions that another thread has made, and those whose guest code had changed meanwhile. */
  long regionsElsewhere;

  long voidRegions;

  /** Blocks whose place a region has taken. */
  long tierUps;

  long interpreted;
  long links;

  /** Pieces of code of earlier runs that were taken, and instructions in them. */
  long loaded;

  long loadedInstructions;

  /** Pieces that harts of other machines have made. */
  long shared;

  /** Pieces that were damaged. */
  long damaged;

  /**
   * The numbers as they are, which may be while they change.
   *
   * @param slotFills counted by translated code
   */
  TranslationStatistics read(CodeArea area, long slotFills) {
    Map<String, Long> reasons = new LinkedHashMap<>();
    for (int i = 0; i < REASONS.length; i++) {
      reasons.put(REASONS[i], exits[i]);
    }
    Map<String, Long> causes = new LinkedHashMap<>();
    for (Invalidation cause : Invalidation.values()) {
      causes.put(cause.text, area.dropped.getOrDefault(cause, 0L));
    }
    return new TranslationStatistics(
        blocks,
        blockInstructions,
        regions,
        regionInstructions,
        refusedRegions,
        regionsElsewhere,
        voidRegions,
        tierUps,
        interpreted,
        links,
        slotFills,
        loaded,
        loadedInstructions,
        damaged,
        shared,
        area.bytes,
        area.evictions,
        reasons,
        causes,
        slowOperations());
  }

  /** Java accesses a CSR for translated code. */
  void slowCsr(int number) {
    if (slowCsrs.length == 0) {
      slowCsrs = new long[CSRS];
    }
    slowCsrs[number]++;
  }

  private Map<String, Long> slowOperations() {
    Map<String, Long> counts = new TreeMap<>();
    long[] csrs = slowCsrs;
    for (int number = 0; number < csrs.length; number++) {
      if (csrs[number] > 0) {
        counts.put("csr " + CsrNumber.name(number), csrs[number]);
      }
    }
    for (Instruction instruction : Instruction.all()) {
      long count = slow[instruction.op()];
      if (count > 0) {
        counts.put(instruction.name(), count);
      }
    }
    return counts;
  }
}

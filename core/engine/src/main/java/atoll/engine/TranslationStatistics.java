package atoll.engine;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counters of the translators of some harts.
 *
 * @param blocks translated, from instructions that had been interpreted
 * @param blockInstructions in them
 * @param regions translated, from blocks that were hot
 * @param regionInstructions in them
 * @param refusedRegions hot places that no region could be made of
 * @param regionsElsewhere that another thread than the hart's has made, or tried to
 * @param voidRegions that were made and not used: the guest's code had changed meanwhile
 * @param tierUps blocks whose place a region has taken
 * @param interpreted instructions executed by the interpreter
 * @param links exits patched to lead straight to other code
 * @param slotFills entries of regions whose TLB slots had to be filled first
 * @param loaded pieces of code that an earlier run has made, blocks and regions
 * @param loadedInstructions in them
 * @param damaged pieces of earlier runs that could not be used
 * @param shared pieces of code that harts of other machines have made
 * @param codeBytes of code made, that given up since included
 * @param evictions segments of the code area used anew
 * @param exits from translated code, by reason; each follows one entry
 * @param invalidations pages whose code was given up, by cause
 * @param slowOperations instructions that translated code left to Java, by name
 */
public record TranslationStatistics(
    long blocks,
    long blockInstructions,
    long regions,
    long regionInstructions,
    long refusedRegions,
    long regionsElsewhere,
    long voidRegions,
    long tierUps,
    long interpreted,
    long links,
    long slotFills,
    long loaded,
    long loadedInstructions,
    long damaged,
    long shared,
    long codeBytes,
    long evictions,
    Map<String, Long> exits,
    Map<String, Long> invalidations,
    Map<String, Long> slowOperations) {

  /** Among {@link #invalidations}. */
  public static final String IDLE = "idle";

  /** Of an engine that translates nothing. */
  public static final TranslationStatistics NONE =
      new TranslationStatistics(
          0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Map.of(), Map.of(), Map.of());

  /** Pages whose code was given up because their hart idles. */
  public long idle() {
    return invalidations.getOrDefault(IDLE, 0L);
  }

  /** How often translated code was entered from Java. */
  public long entries() {
    return exits.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Both together. */
  public TranslationStatistics plus(TranslationStatistics other) {
    return new TranslationStatistics(
        blocks + other.blocks,
        blockInstructions + other.blockInstructions,
        regions + other.regions,
        regionInstructions + other.regionInstructions,
        refusedRegions + other.refusedRegions,
        regionsElsewhere + other.regionsElsewhere,
        voidRegions + other.voidRegions,
        tierUps + other.tierUps,
        interpreted + other.interpreted,
        links + other.links,
        slotFills + other.slotFills,
        loaded + other.loaded,
        loadedInstructions + other.loadedInstructions,
        damaged + other.damaged,
        shared + other.shared,
        codeBytes + other.codeBytes,
        evictions + other.evictions,
        sum(exits, other.exits),
        sum(invalidations, other.invalidations),
        sum(slowOperations, other.slowOperations));
  }

  private static Map<String, Long> sum(Map<String, Long> first, Map<String, Long> second) {
    Map<String, Long> all = new LinkedHashMap<>(first);
    second.forEach((key, count) -> all.merge(key, count, Long::sum));
    return all;
  }
}

package atoll.engine;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a machine's addresses were translated; the same numbers whatever the technique.
 *
 * @param technique empty if nothing has run
 * @param misses of the harts' TLBs that were answered, by a page or by a fault
 * @param fills misses that ended in a cached translation
 * @param walks of the guest's tables
 * @param references entries of the guest's tables that were read
 * @param secondWalks of the hypervisor's tables: second-stage or shadow
 * @param secondReferences entries of those that were read
 * @param exits from guest code for the sake of translation, by cause
 * @param flushes that the guest asked for
 * @param lost cached translations that world switches have cost
 * @param tableBytes of the hypervisor's own tables
 */
public record MmuStatistics(
    Optional<MmuKind> technique,
    long misses,
    long fills,
    long walks,
    long references,
    long secondWalks,
    long secondReferences,
    Map<String, Long> exits,
    long flushes,
    long lost,
    long tableBytes) {
  /** Nothing done yet. */
  public static final MmuStatistics NONE =
      new MmuStatistics(Optional.empty(), 0, 0, 0, 0, 0, 0, Map.of(), 0, 0, 0);

  public MmuStatistics {
    exits = Collections.unmodifiableMap(new LinkedHashMap<>(exits));
  }

  /** All exits together. */
  public long allExits() {
    return exits.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Table entries read for one miss, on average; 0 without a miss. */
  public double referencesPerMiss() {
    return misses == 0 ? 0 : (double) (references + secondReferences) / misses;
  }

  /** Two harts of one machine, which share its tables, or two lives of it. */
  public MmuStatistics plus(MmuStatistics other) {
    Map<String, Long> sum = new LinkedHashMap<>(exits);
    other.exits.forEach((cause, count) -> sum.merge(cause, count, Long::sum));
    return new MmuStatistics(
        technique.or(other::technique),
        misses + other.misses,
        fills + other.fills,
        walks + other.walks,
        references + other.references,
        secondWalks + other.secondWalks,
        secondReferences + other.secondReferences,
        sum,
        flushes + other.flushes,
        lost + other.lost,
        Math.max(tableBytes, other.tableBytes));
  }
}

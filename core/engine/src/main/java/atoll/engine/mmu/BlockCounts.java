package atoll.engine.mmu;

import atoll.state.Unsaved;
import java.util.HashMap;
import java.util.Map;

/** A number for each superpage of machine memory, of any level; zero unless it has been changed. */
@Unsaved("counted again as tables are registered")
final class BlockCounts {
  private final Map<Block, Integer> counts = new HashMap<>();

  private record Block(int level, long number) {
    static Block of(int level, long hpa) {
      return new Block(level, hpa >>> 12 + 9 * level);
    }
  }

  /** The number of the superpage of {@code level} that holds {@code hpa}. */
  int get(int level, long hpa) {
    return counts.getOrDefault(Block.of(level, hpa), 0);
  }

  void add(int level, long hpa, int change) {
    counts.merge(
        Block.of(level, hpa),
        change,
        (old, by) -> old + by == 0 ? null : Integer.valueOf(old + by));
  }
}

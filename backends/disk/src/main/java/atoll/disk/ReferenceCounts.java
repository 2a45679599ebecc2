package atoll.disk;

import java.util.TreeMap;

/** How many references to each cluster of an image were found. */
final class ReferenceCounts {
  private static final int CHUNK_BITS = 12;

  private final TreeMap<Long, int[]> chunks = new TreeMap<>();

  void add(long cluster) {
    chunks.computeIfAbsent(cluster >>> CHUNK_BITS, n -> new int[1 << CHUNK_BITS])[index(cluster)]++;
  }

  long get(long cluster) {
    int[] chunk = chunks.get(cluster >>> CHUNK_BITS);
    return chunk == null ? 0 : chunk[index(cluster)];
  }

  private static int index(long cluster) {
    return (int) (cluster & (1 << CHUNK_BITS) - 1);
  }
}

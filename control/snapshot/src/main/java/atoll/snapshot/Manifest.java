package atoll.snapshot;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * All of a snapshot but the bytes of its memory. Whoever changes it, or the records in it, makes a
 * new version: see {@link ManifestFile}.
 *
 * @param saved nanoseconds since 1970-01-01T00:00Z
 * @param state what its system's state is encoded as
 * @param texts what else is kept, by key
 * @param disks what is known of each disk, by name
 * @param regions of memory
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
record Manifest(
    long saved,
    byte[] state,
    Map<String, byte[]> texts,
    Map<String, byte[]> disks,
    List<Region> regions) {
  /** Most regions of a snapshot. */
  static final int MOST_REGIONS = 1024;

  /** Most characters of a name. */
  private static final int MOST_NAME = 200;

  Manifest {
    Objects.requireNonNull(state, "state");
    texts = Map.copyOf(texts);
    disks = Map.copyOf(disks);
    regions = List.copyOf(regions);
    texts.keySet().forEach(Manifest::requireName);
    disks.keySet().forEach(Manifest::requireName);
    if (regions.size() > MOST_REGIONS) {
      throw new IllegalArgumentException(
          "%d regions of memory, expected at most %d".formatted(regions.size(), MOST_REGIONS));
    }
    Set<String> names = new HashSet<>();
    for (Region region : regions) {
      if (!names.add(region.name)) {
        throw new IllegalArgumentException("two regions '%s'".formatted(region.name));
      }
    }
  }

  /**
   * A region of memory.
   *
   * @param bytes that it has
   * @param base what its file has, as {@link ChunkTable} says
   * @param delta what lies over that in another file
   */
  record Region(String name, long bytes, byte[] base, byte[] delta) {
    /** Most bytes of a region. */
    static final long MOST = 1L << 42;

    Region {
      requireName(name);
      if (bytes <= 0 || bytes > MOST) {
        throw new IllegalArgumentException(
            "a region of %d bytes, expected 1 to %d".formatted(bytes, MOST));
      }
      long ignored = table(base, bytes, false).stored() + table(delta, bytes, true).stored();
    }

    private static ChunkTable table(byte[] entries, long bytes, boolean upper) {
      return ChunkTable.of(entries, pages(bytes), upper);
    }

    ChunkTable baseTable() {
      return table(base, bytes, false);
    }

    ChunkTable deltaTable() {
      return table(delta, bytes, true);
    }

    /** How many pages there are in so many bytes, the last one maybe not whole. */
    static long pages(long bytes) {
      return (bytes + ChunkTable.PAGE - 1) / ChunkTable.PAGE;
    }
  }

  /** Names are shown to people. */
  static void requireName(String name) {
    if (name.isEmpty()
        || name.length() > MOST_NAME
        || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "a name has 1 to %d characters that can be printed".formatted(MOST_NAME));
    }
  }
}

package atoll.tests;

import java.util.HashMap;
import java.util.Map;

/**
 * Where the guest puts the page-table entries of its window: the order of allocation in {@code
 * build_tables} of {@code differential.c}, followed here so that a block can change an entry.
 */
final class TableLayout {
  static final long TABLES = 0x8020_0000L;
  static final long FRAMES = 0x8014_0000L;
  static final long PROGRAM = 0x8040_0000L;
  static final int WINDOW_PAGES = 16;

  private static final long SECOND = 0x8030_0000L;
  private static final long SECOND_ROOT = 0x4000;

  private final int levels;
  private final Map<String, Long> tables = new HashMap<>();
  private long next = TABLES + 4096;

  TableLayout(int levels, long window) {
    this.levels = levels;
    entry(PROGRAM, 1);
    entry(TABLES, 1);
    for (int page = 0; page < WINDOW_PAGES; page++) {
      entry(window + page * 4096L, 0);
    }
  }

  /** The address of the second stage's entry for a frame: its tables are the first to be made. */
  static long secondEntry(int secondLevels, int frame) {
    long table = SECOND + SECOND_ROOT + (secondLevels - 2) * 4096L;
    return table + ((FRAMES >>> 12 & 0x1ff) + frame) * 8;
  }

  /** The address of the entry for {@code va} at {@code level}. */
  long entry(long va, int level) {
    long table = TABLES;
    for (int l = levels - 1; l > level; l--) {
      String key = l + ":" + Long.toHexString(va >>> 12 + 9 * l & -1L >>> 64 - 9 * (levels - l));
      Long below = tables.get(key);
      if (below == null) {
        below = next;
        next += 4096;
        tables.put(key, below);
      }
      table = below;
    }
    return table + (va >>> 12 + 9 * level & 0x1ff) * 8;
  }
}

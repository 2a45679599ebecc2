package atoll.snapshot;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * All of a snapshot but the bytes of its memory. Whoever changes it, or the records in it, makes a
 * new version: see {@link ManifestFile}.
 *
 * @param saved nanoseconds since 1970-01-01T00:00Z
 * @param state what its system's state is encoded as
 * @param texts what else is kept, by key
 * @param disks what is known of each disk, by name
 * @param files what else is kept, as files
 * @param regions of memory
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
record Manifest(
    long saved,
    byte[] state,
    Map<String, byte[]> texts,
    Map<String, byte[]> disks,
    List<Content> files,
    List<Region> regions) {
  /** Most regions of a snapshot, and most files. */
  static final int MOST_PARTS = 1024;

  /** Most bytes of a region or a file. */
  private static final long MOST_BYTES = 1L << 42;

  /** Most characters of a name. */
  private static final int MOST_NAME = 200;

  Manifest {
    Objects.requireNonNull(state, "state");
    texts = Map.copyOf(texts);
    disks = Map.copyOf(disks);
    regions = List.copyOf(regions);
    texts.keySet().forEach(Manifest::requireName);
    disks.keySet().forEach(Manifest::requireName);
    files = List.copyOf(files);
    requireDistinct("files", files.stream().map(Content::name).toList());
    requireDistinct("regions of memory", regions.stream().map(Region::name).toList());
  }

  private static void requireDistinct(String what, List<String> names) {
    if (names.size() > MOST_PARTS) {
      throw new IllegalArgumentException(
          "%d %s, expected at most %d".formatted(names.size(), what, MOST_PARTS));
    }
    if (new HashSet<>(names).size() != names.size()) {
      throw new IllegalArgumentException("%s with the same name".formatted(what));
    }
  }

  /** How many pages there are in so many bytes, the last one maybe not whole. */
  static long pages(long bytes) {
    return (bytes + ChunkTable.PAGE - 1) / ChunkTable.PAGE;
  }

  /** Bytes of all those pages. */
  static long wholePages(long bytes) {
    return pages(bytes) * ChunkTable.PAGE;
  }

  private static ChunkTable table(byte[] entries, long bytes, boolean upper) {
    return ChunkTable.of(entries, pages(bytes), upper);
  }

  /**
   * A file.
   *
   * @param name of letters, digits, dots and hyphens
   * @param bytes that it has
   * @param chunks where it has something else than zeroes
   */
  record Content(String name, long bytes, byte[] chunks) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9.-]{1,100}");

    Content {
      requireFileName(name);
      if (bytes < 0 || bytes > MOST_BYTES) {
        throw new IllegalArgumentException(
            "a file of %d bytes, expected 0 to %d".formatted(bytes, MOST_BYTES));
      }
      long ignored = Manifest.table(chunks, bytes, false).stored();
    }

    static void requireFileName(String name) {
      if (!NAME.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "a file has 1 to 100 letters, digits, dots and hyphens, not '%s'".formatted(name));
      }
    }

    ChunkTable table() {
      return Manifest.table(chunks, bytes, false);
    }

    /** Where it is in the folder of a snapshot. */
    static Path place(Path folder, String name) {
      return folder.resolve("file-" + name);
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
    Region {
      requireName(name);
      if (bytes <= 0 || bytes > MOST_BYTES) {
        throw new IllegalArgumentException(
            "a region of %d bytes, expected 1 to %d".formatted(bytes, MOST_BYTES));
      }
      long ignored =
          Manifest.table(base, bytes, false).stored() + Manifest.table(delta, bytes, true).stored();
    }

    ChunkTable baseTable() {
      return Manifest.table(base, bytes, false);
    }

    ChunkTable deltaTable() {
      return Manifest.table(delta, bytes, true);
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

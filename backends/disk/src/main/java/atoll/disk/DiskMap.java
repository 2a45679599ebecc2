package atoll.disk;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Where the bytes of a disk come from, or of a part of it.
 *
 * @param next where what is not told of begins
 */
public record DiskMap(List<Run> runs, long next) {
  public DiskMap {
    runs = List.copyOf(runs);
  }

  /**
   * Bytes one behind another, in the words of qemu-img.
   *
   * @param depth which image has them: 0 for the first, 1 for the one behind it, and so on
   * @param present whether any has them
   * @param zero whether they are known to be zero
   * @param data whether they are stored
   * @param compressed whether they are stored packed
   * @param offset of the first one in its file
   * @param file that they are in
   */
  public record Run(
      long start,
      long length,
      int depth,
      boolean present,
      boolean zero,
      boolean data,
      boolean compressed,
      OptionalLong offset,
      String file) {
    private static Run of(long start, SparseDisk.Range range) {
      boolean zero = range.zero();
      return new Run(
          start,
          range.length(),
          range.depth(),
          range.source() != SparseDisk.Source.NOTHING,
          zero,
          !zero,
          range.source() == SparseDisk.Source.COMPRESSED,
          range.place(),
          range.file());
    }

    /** Whether the other one is behind this one, and the same. */
    private boolean continues(Run other) {
      OptionalLong expected =
          offset.isPresent() ? OptionalLong.of(offset.getAsLong() + length) : offset;
      return other.equals(
          new Run(
              start + length,
              other.length,
              depth,
              present,
              zero,
              data,
              compressed,
              expected,
              file));
    }

    private Run with(long more) {
      return new Run(start, length + more, depth, present, zero, data, compressed, offset, file);
    }
  }

  /**
   * Looks at a part of a disk.
   *
   * @param until where it ends
   * @param most runs to tell of; each is whole
   */
  static DiskMap of(BlockBackend disk, long from, long until, int most) throws IOException {
    List<Run> runs = new ArrayList<>();
    long end = Math.min(until, disk.size());
    for (long at = from; at < end; ) {
      SparseDisk.Range range =
          disk instanceof SparseDisk sparse
              ? sparse.range(at, end - at)
              : SparseDisk.Range.unknown(end - at);
      Run run = Run.of(at, range);
      if (!runs.isEmpty() && runs.getLast().continues(run)) {
        runs.set(runs.size() - 1, runs.getLast().with(run.length));
      } else if (runs.size() == most) {
        return new DiskMap(runs, at);
      } else {
        runs.add(run);
      }
      at += run.length;
    }
    return new DiskMap(runs, end);
  }
}

package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Makes the counts of an image true again, by what its tables refer to. New counts and their table
 * are made behind everything else and are on stable storage before the header refers to them, so an
 * image that a repair leaves half done is as it was.
 */
final class Qcow2Repair {
  private static final long SLACK = 4096;

  private final Storage file;
  private final Qcow2Header header;
  private final Qcow2Check found;
  private final int clusterBits;
  private final int blockBits;

  /**
   * Begins a repair.
   *
   * @param found has counted
   */
  Qcow2Repair(Storage file, Qcow2Header header, Qcow2Check found) {
    this.file = file;
    this.header = header;
    this.found = found;
    clusterBits = header.clusterBits();
    blockBits = clusterBits + 3 - header.refcountOrder();
  }

  /** Checks an image, and mends what is asked for; the report is of what was there before. */
  static CheckReport check(Storage file, ImageTool.Repair repair) throws IOException {
    Qcow2Header header = Qcow2Header.read(file);
    Qcow2Check check = new Qcow2Check(file, header);
    CheckReport before = check.run();
    boolean mends =
        repair == ImageTool.Repair.ALL && (before.corruptions() > 0 || header.corrupt())
            || repair != ImageTool.Repair.NOTHING && before.leaks() > 0
            || repair != ImageTool.Repair.NOTHING && header.dirty();
    if (!mends || repair == ImageTool.Repair.LEAKS && before.corruptions() > 0) {
      return before; // Counts of an image with corruptions cannot be set apart from those.
    }
    new Qcow2Repair(file, header, check).replaceCounts();
    new OwnerFlags(file, header, new Counts(file, header)).repair();
    CheckReport after = new Qcow2Check(file, Qcow2Header.read(file)).run();
    if (after.corruptions() == 0) {
      long marks = Qcow2Header.INCOMPATIBLE_DIRTY | Qcow2Header.INCOMPATIBLE_CORRUPT;
      header.incompatible(header.incompatible() & ~marks);
    }
    file.flush();
    return before.fixed(
        before.corruptions() - Math.min(before.corruptions(), after.corruptions()),
        before.leaks() - Math.min(before.leaks(), after.leaks()));
  }

  /** Counts anew in an image whose last user did not write its counts. */
  static void counts(Storage file, Qcow2Header header) throws IOException {
    new Qcow2Repair(file, header, counted(file, header)).replaceCounts();
    header.incompatible(header.incompatible() & ~Qcow2Header.INCOMPATIBLE_DIRTY);
    file.flush();
  }

  /** Counts references; clusters that are no more than forgotten by the host become zeroes. */
  private static Qcow2Check counted(Storage file, Qcow2Header header) throws IOException {
    Qcow2Check check = new Qcow2Check(file, header);
    check.count();
    long needed = check.neededClusters();
    if (needed == check.fileClusters()) {
      return check;
    }
    if (needed > 2 * check.fileClusters() + SLACK) {
      throw new DamagedImageException(file, "has clusters far past its end");
    }
    file.resize(needed << header.clusterBits());
    Qcow2Check again = new Qcow2Check(file, header);
    again.count();
    return again;
  }

  /** Makes a new table of counts, and blocks for all clusters that have references. */
  void replaceCounts() throws IOException {
    SortedSet<Long> ranges = new TreeSet<>();
    for (long cluster = 0; cluster < found.fileClusters(); cluster++) {
      if (found.expected().get(cluster) > 0) {
        ranges.add(cluster >>> blockBits);
      }
    }
    long start = found.fileClusters();
    long tableClusters = 0;
    long size;
    do { // They count themselves.
      size = ranges.size() + tableClusters;
      for (long range = start >>> blockBits; range <= (start + size) >>> blockBits; range++) {
        ranges.add(range);
      }
      tableClusters = Math.ceilDiv((ranges.getLast() + 1) * 8, header.clusterSize());
    } while (ranges.size() + tableClusters != size);
    if (tableClusters << clusterBits > Qcow2Header.MAX_REFTABLE_BYTES) {
      throw new DamagedImageException(file, "is too large for a table of refcounts");
    }
    write(ranges, start, tableClusters);
  }

  private void write(SortedSet<Long> ranges, long start, long tableClusters) throws IOException {
    ByteBuffer table = ByteBuffer.allocate(Math.toIntExact(tableClusters << clusterBits));
    long end = start + ranges.size() + tableClusters;
    long block = start;
    for (long range : ranges) {
      file.write(block << clusterBits, MemorySegment.ofBuffer(counts(range, start, end)));
      table.putLong(Math.toIntExact(range * 8), block << clusterBits);
      block++;
    }
    file.write(block << clusterBits, MemorySegment.ofBuffer(table));
    file.flush();
    header.reftable(block << clusterBits, tableClusters);
    file.flush();
  }

  private ByteBuffer counts(long range, long start, long end) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(header.clusterSize());
    int order = header.refcountOrder();
    long most = order == 6 ? Long.MAX_VALUE : (1L << (1 << order)) - 1;
    for (long n = 0; n < 1L << blockBits; n++) {
      long cluster = (range << blockBits) + n;
      boolean own = cluster >= start && cluster < end;
      long count = own ? 1 : found.expected().get(cluster);
      if (count > most) {
        throw new DamagedImageException(
            file, "has %d references to cluster %d".formatted(count, cluster));
      }
      if (count > 0) {
        int at = (int) (order < 3 ? n >>> 3 - order : n << order - 3);
        RefcountBits.put(bytes, at, order, n, count);
      }
    }
    return bytes;
  }
}

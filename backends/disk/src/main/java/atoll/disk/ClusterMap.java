package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Where the clusters of a disk are: the active L1 table and its L2 tables. Looking up may happen on
 * several threads; changing excludes everything else.
 */
final class ClusterMap {
  private static final long L1_OFFSET = L2Entry.OFFSET;

  private final Storage file;
  private final Qcow2Header header;
  private final TableCache l1;
  private final TableCache l2;
  private final Refcounts refcounts;
  private final int clusterBits;
  private final int l2Bits;
  private final boolean extended;
  private final boolean dataFile;

  ClusterMap(Storage file, Qcow2Header header, TableCache l1, TableCache l2, Refcounts refcounts) {
    this.file = file;
    this.header = header;
    this.l1 = l1;
    this.l2 = l2;
    this.refcounts = refcounts;
    clusterBits = header.clusterBits();
    l2Bits = header.l2Bits();
    extended = header.extendedL2();
    dataFile = header.dataFile();
  }

  /** The binary logarithm of the bytes that come from one place: a cluster, or a subcluster. */
  int unitBits() {
    return extended ? clusterBits - 5 : clusterBits;
  }

  /** The first cluster behind those that one L2 table with this one describes. */
  long tableEnd(long cluster) {
    return ((cluster >>> l2Bits) + 1) << l2Bits;
  }

  private long l1Entry(long cluster) throws IOException {
    long index = cluster >>> l2Bits;
    return index < header.l1Size() ? l1.getLong(header.l1Offset() + 8 * index) : 0;
  }

  /** The place of the L2 table for a cluster; 0 if there is none. */
  private long table(long entry) throws IOException {
    long table = entry & L1_OFFSET;
    if ((table & header.clusterSize() - 1) != 0) {
      throw new DamagedImageException(file, "has an L2 table at 0x%x".formatted(table));
    }
    return table;
  }

  private long entryAt(long table, long cluster) {
    long index = cluster & (1L << l2Bits) - 1;
    return table + (index << (extended ? 4 : 3));
  }

  /** Whether there is an L2 table for a cluster. */
  boolean hasTable(long cluster) throws IOException {
    return table(l1Entry(cluster)) != 0;
  }

  /** What the tables say of a cluster. */
  L2Entry entry(long cluster) throws IOException {
    long table = table(l1Entry(cluster));
    return table == 0 ? L2Entry.NONE : entryOf(table, cluster);
  }

  private L2Entry entryOf(long table, long cluster) throws IOException {
    long at = entryAt(table, cluster);
    return new L2Entry(l2.getLong(at), extended ? l2.getLong(at + 8) : 0);
  }

  /** Whether the tables for a range are in memory, so that {@link #find} reads nothing. */
  boolean known(long offset, long length) throws IOException {
    long last = (offset + length - 1) >>> clusterBits;
    for (long cluster = offset >>> clusterBits; cluster <= last; cluster++) {
      long index = cluster >>> l2Bits;
      if (index >= header.l1Size()) {
        continue;
      }
      if (!l1.has(header.l1Offset() + 8 * index)) {
        return false;
      }
      long table = table(l1Entry(cluster));
      if (table != 0 && !l2.has(entryAt(table, cluster))) {
        return false;
      }
    }
    return true;
  }

  /** Where up to {@code most} bytes from {@code offset} on come from, as far as it is one place. */
  Extent find(long offset, long most) throws IOException {
    long cluster = offset >>> clusterBits;
    long end = Math.min(offset + most, tableEnd(cluster) << clusterBits);
    long table = table(l1Entry(cluster));
    if (table == 0) {
      return new Extent(Extent.Kind.BACKING, 0, end - offset, false);
    }
    Extent first = unit(entryOf(table, cluster), offset, end);
    long length = first.length();
    L2Entry entry = null;
    while (offset + length < end && first.kind() != Extent.Kind.COMPRESSED) {
      long at = offset + length;
      if (entry == null || (at & header.clusterSize() - 1) == 0) {
        entry = entryOf(table, at >>> clusterBits);
      }
      Extent next = unit(entry, at, end);
      if (!continues(first, length, next)) {
        break;
      }
      length += next.length();
    }
    return new Extent(first.kind(), first.place(), length, first.owned());
  }

  private static boolean continues(Extent first, long length, Extent next) {
    return next.kind() == first.kind()
        && next.owned() == first.owned()
        && (first.kind() != Extent.Kind.DATA || next.place() == first.place() + length);
  }

  /** From {@code offset} to the end of its unit. */
  private Extent unit(L2Entry entry, long offset, long end) throws IOException {
    long inCluster = offset & header.clusterSize() - 1;
    int unit = extended ? (int) (inCluster >>> unitBits()) : 0;
    Extent.Kind kind = entry.kind(unit, header, file);
    int bits = kind == Extent.Kind.COMPRESSED ? clusterBits : unitBits();
    long length = Math.min(end, ((offset >>> bits) + 1) << bits) - offset;
    long place =
        switch (kind) {
          case DATA -> entry.place() + inCluster;
          case COMPRESSED -> entry.word();
          case ZERO, BACKING -> 0;
        };
    return new Extent(kind, place, length, kind == Extent.Kind.DATA && entry.owned());
  }

  /** Changes what the tables say of a cluster, whose table is {@linkplain #own owned}. */
  void set(long cluster, L2Entry entry) throws IOException {
    long at = entryAt(table(l1Entry(cluster)), cluster);
    l2.putLong(at, entry.word());
    if (extended) {
      l2.putLong(at + 8, entry.bitmap());
    }
  }

  /**
   * Has an L2 table for a cluster that only the active L1 table refers to: makes one, or copies one
   * that a snapshot shares.
   */
  void own(long cluster) throws IOException {
    long index = cluster >>> l2Bits;
    if (index >= header.l1Size()) {
      throw new DamagedImageException(file, "has no L1 entry %d".formatted(index));
    }
    long entry = l1Entry(cluster);
    long old = table(entry);
    if (old != 0 && (entry & L2Entry.COPIED) != 0) {
      refcounts.requireNoMetadata(old, header.clusterSize());
      return;
    }
    long made = refcounts.allocate(1).first() << clusterBits;
    l2.forget(made, header.clusterSize());
    MemorySegment table = MemorySegment.ofArray(new byte[header.clusterSize()]);
    boolean stored = false;
    try {
      if (old != 0) {
        file.read(old, table); // A shared table is never changed, so the file has all of it.
      }
      file.write(made, table);
      l1.putLong(header.l1Offset() + 8 * index, made | L2Entry.COPIED);
      stored = true;
    } finally {
      if (!stored) {
        refcounts.free(made >>> clusterBits, 1);
      }
    }
    if (old != 0) {
      refcounts.free(old >>> clusterBits, 1);
    }
  }

  /** Gives up what an entry refers to. */
  void release(L2Entry entry) throws IOException {
    if (entry.compressed()) {
      CompressedPlace place = CompressedPlace.of(entry.word(), clusterBits);
      long first = place.offset() >>> clusterBits;
      long last = (place.offset() + place.length() - 1) >>> clusterBits;
      refcounts.free(first, last - first + 1);
    } else if (entry.place() != 0 && !dataFile) {
      refcounts.free(entry.place() >>> clusterBits, 1);
    }
  }
}

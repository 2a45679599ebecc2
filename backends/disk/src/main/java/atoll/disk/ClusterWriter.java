package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Changes that need the tables: writes to clusters that are not there yet or are shared, zeroes,
 * discards. Guarded by its user.
 *
 * <p>Data is written before the tables refer to it; what cannot be written leaves them as they are.
 */
final class ClusterWriter {
  private static final int COPY = 1 << 16;
  private static final MemorySegment ZEROES = MemorySegment.ofArray(new byte[COPY]).asReadOnly();

  private final Qcow2Metadata tables;
  private final Storage data;
  private final Qcow2Header header;
  private final ClusterMap map;
  private final Refcounts refcounts;
  private final Source disk;
  private final CompressedClusters compressed;
  private final boolean backed;
  private final int clusterBits;
  private final int clusterSize;
  private final boolean extended;
  private final boolean external;
  private final long unitSize;

  /** Behind the compressed cluster that was stored last; 0: there is none. */
  private long compressedEnd;

  /** What the disk has at a place. */
  @FunctionalInterface
  interface Source {
    void read(long offset, MemorySegment into) throws IOException;
  }

  /**
   * Makes one.
   *
   * @param disk as it is read, without a lock
   * @param backed whether something may be read where the image has nothing
   */
  ClusterWriter(Qcow2Metadata tables, Source disk, CompressedClusters compressed, boolean backed) {
    this.tables = tables;
    this.disk = disk;
    this.compressed = compressed;
    this.backed = backed;
    data = tables.data();
    header = tables.header();
    map = tables.map();
    refcounts = tables.refcounts();
    clusterBits = header.clusterBits();
    clusterSize = header.clusterSize();
    extended = header.extendedL2();
    external = tables.external();
    unitSize = 1L << map.unitBits();
  }

  /** Writes the first bytes of {@code from}, as far as one step can; returns how many. */
  long write(long offset, List<MemorySegment> from) throws IOException {
    long size = Pieces.size(from);
    long cluster = offset >>> clusterBits;
    map.own(cluster);
    L2Entry entry = map.entry(cluster);
    if (entry.writable(external)) {
      long length = Math.min(size, ((cluster + 1) << clusterBits) - offset);
      store(entry.place(), 1, offset, Pieces.slice(from, 0, length), false);
      return length;
    }
    long wanted = withoutPlace(cluster, offset + size);
    Refcounts.Run run = external ? new Refcounts.Run(cluster, wanted) : refcounts.allocate(wanted);
    long end = Math.min(offset + size, (cluster + run.count()) << clusterBits);
    List<MemorySegment> part = Pieces.slice(from, 0, end - offset);
    store(run.first() << clusterBits, run.count(), offset, part, true);
    return end - offset;
  }

  /** How many clusters from this one on need a place, up to the end of its L2 table. */
  private long withoutPlace(long cluster, long end) throws IOException {
    long last = Math.min(map.tableEnd(cluster), ((end - 1) >>> clusterBits) + 1);
    long next = cluster + 1;
    while (next < last && !map.entry(next).writable(external)) {
      next++;
    }
    return next - cluster;
  }

  /**
   * Stores bytes at a place and has the tables refer to it.
   *
   * @param place of the first cluster
   * @param fresh whether the place was not the clusters' own before
   */
  private void store(
      long place, long clusters, long offset, List<MemorySegment> from, boolean fresh)
      throws IOException {
    long cluster = offset >>> clusterBits;
    long end = offset + Pieces.size(from);
    long base = place - (cluster << clusterBits); // from an offset of the disk to one of the file
    long begin = begin(map.entry(cluster), offset, fresh);
    long stop = stop(map.entry(cluster + clusters - 1), end, fresh);
    boolean empty = fresh && !external && place >= data.size();
    boolean stored = false;
    try {
      fill(base, begin, offset, empty);
      data.write(base + offset, from);
      fill(base, end, stop, empty);
      stored = true;
    } finally {
      if (!stored && fresh && !external) {
        refcounts.free(place >>> clusterBits, clusters); // Nothing refers to them.
      }
    }
    for (long n = cluster; n < cluster + clusters; n++) {
      long start = n << clusterBits;
      L2Entry old = map.entry(n);
      int first = unit(Math.max(begin - start, 0));
      int last = unitEnd(Math.min(stop - start, clusterSize));
      map.set(n, old.stored(base + start, first, last, extended));
      if (fresh) {
        release(old);
      }
    }
  }

  /** From where on something has to be stored: all of a unit that is not stored there yet. */
  private long begin(L2Entry entry, long offset, boolean fresh) throws IOException {
    if (fresh && entry.hasData(extended, external)) {
      return offset & -clusterSize; // With all that was at the old place.
    }
    return present(entry, offset, fresh) ? offset : offset & -unitSize;
  }

  private long stop(L2Entry entry, long end, boolean fresh) throws IOException {
    if (fresh && entry.hasData(extended, external)) {
      return end + clusterSize - 1 & -clusterSize;
    }
    return present(entry, end - 1, fresh) ? end : end + unitSize - 1 & -unitSize;
  }

  private boolean present(L2Entry entry, long offset, boolean fresh) throws IOException {
    int unit = extended ? unit(offset & clusterSize - 1) : 0;
    return !fresh && entry.kind(unit, header, tables.file()) == Extent.Kind.DATA;
  }

  private int unit(long inCluster) {
    return (int) (inCluster / unitSize);
  }

  private int unitEnd(long inCluster) {
    return (int) Math.ceilDiv(inCluster, unitSize);
  }

  /** Copies what the disk has from one offset to another, to where {@code base} says. */
  private void fill(long base, long from, long to, boolean empty) throws IOException {
    for (long at = from; at < to; ) {
      long part = Math.min(COPY, to - at);
      MemorySegment bytes = MemorySegment.ofArray(new byte[(int) part]);
      disk.read(at, bytes);
      if (!empty || bytes.mismatch(ZEROES.asSlice(0, part)) >= 0) {
        data.write(base + at, bytes);
      }
      at += part;
    }
  }

  private void release(L2Entry old) throws IOException {
    if (old.compressed()) {
      compressed.forget();
      compressedEnd = 0;
    }
    map.release(old);
  }

  /**
   * Has a range read as zeroes, as far as one step can.
   *
   * @return how many bytes are done with
   */
  long zero(long offset, long length, boolean mayUnmap) throws IOException {
    long cluster = offset >>> clusterBits;
    if (external) {
      data.zero(offset, pastNothing(cluster, offset, length), mayUnmap);
    }
    if (!backed && !map.hasTable(cluster)) {
      return pastNothing(cluster, offset, length);
    }
    long part = Math.min(length, ((cluster + 1) << clusterBits) - offset);
    if (whole(offset, part) && (header.version() > 2 || !backed && mayUnmap)) {
      zeroCluster(cluster, mayUnmap);
      return part;
    }
    return extended && ((offset | part) & unitSize - 1) == 0
        ? zeroUnits(cluster, offset, part)
        : zeroBytes(offset, part);
  }

  /** To the end of what an L2 table would describe. */
  private long pastNothing(long cluster, long offset, long length) {
    return Math.min(length, (map.tableEnd(cluster) << clusterBits) - offset);
  }

  /** Whether a range is a cluster, or the beginning of one up to the disk's end. */
  private boolean whole(long offset, long length) {
    return (offset & clusterSize - 1) == 0
        && (length == clusterSize || offset + length == header.size());
  }

  private void zeroCluster(long cluster, boolean mayUnmap) throws IOException {
    map.own(cluster);
    L2Entry old = map.entry(cluster);
    if (external && old.hasData(extended, true)) {
      return; // The data file has the zeroes.
    }
    boolean keep = !mayUnmap && old.writable(external);
    map.set(cluster, header.version() == 2 ? L2Entry.NONE : zeroEntry(old, keep));
    if (!keep) {
      release(old);
    }
  }

  private L2Entry zeroEntry(L2Entry old, boolean keep) {
    return L2Entry.zero(keep ? old.place() | L2Entry.COPIED : 0, extended);
  }

  private long zeroUnits(long cluster, long offset, long length) throws IOException {
    map.own(cluster);
    L2Entry old = map.entry(cluster);
    if (old.compressed()) {
      return zeroBytes(offset, length);
    }
    long inCluster = offset & clusterSize - 1;
    map.set(cluster, old.zeroed(unit(inCluster), unitEnd(inCluster + length)));
    return length;
  }

  private long zeroBytes(long offset, long length) throws IOException {
    Extent extent = map.find(offset, length);
    boolean zero =
        extent.kind() == Extent.Kind.ZERO || extent.kind() == Extent.Kind.BACKING && !backed;
    return zero
        ? extent.length()
        : write(offset, List.of(ZEROES.asSlice(0, Math.min(COPY, extent.length()))));
  }

  /**
   * Gives a range up, as far as one step can: whole clusters only.
   *
   * @return how many bytes are done with
   */
  long discard(long offset, long length) throws IOException {
    long cluster = offset >>> clusterBits;
    if (!map.hasTable(cluster)) {
      return pastNothing(cluster, offset, length); // What is below it is not the image's own.
    }
    long part = Math.min(length, ((cluster + 1) << clusterBits) - offset);
    if (whole(offset, part)) {
      if (external) {
        data.punch(offset, part);
      } else if ((header.version() > 2 || !backed) && !map.entry(cluster).equals(L2Entry.NONE)) {
        zeroCluster(cluster, true);
      }
    }
    return part;
  }

  /**
   * Has the image have nothing of a range that begins with a cluster.
   *
   * @return how many bytes are done with
   */
  long forget(long offset, long length) throws IOException {
    long cluster = offset >>> clusterBits;
    if (!map.hasTable(cluster)) {
      return pastNothing(cluster, offset, length);
    }
    map.own(cluster);
    L2Entry old = map.entry(cluster);
    map.set(cluster, L2Entry.NONE);
    release(old);
    return Math.min(length, clusterSize);
  }

  /**
   * Stores a whole cluster compressed.
   *
   * @return false if that would not be shorter, with nothing changed
   */
  boolean writeCompressed(long offset, MemorySegment cluster) throws IOException {
    byte[] packed = new byte[clusterSize - 1];
    int length = compressed.pack(cluster, packed);
    if (length < 0) {
      return false;
    }
    long number = offset >>> clusterBits;
    map.own(number);
    L2Entry old = map.entry(number);
    long place = allocate(length);
    data.write(place, MemorySegment.ofArray(packed).asSlice(0, length));
    map.set(number, new L2Entry(CompressedPlace.word(place, length, clusterBits), 0));
    release(old);
    compressedEnd = place + length;
    return true;
  }

  /** Room for a compressed cluster: behind the one before if it goes on there. */
  private long allocate(int length) throws IOException {
    long last = compressedEnd >>> clusterBits;
    long room = -compressedEnd & clusterSize - 1;
    boolean shares = room > 0 && refcounts.get(last) < refcounts.most();
    if (shares && length <= room) {
      refcounts.add(last);
      return compressedEnd;
    }
    long first = refcounts.allocate(1).first();
    if (shares && first == last + 1) {
      refcounts.add(last);
      return compressedEnd;
    }
    return first << clusterBits;
  }
}

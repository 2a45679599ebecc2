package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * How many references each cluster of the file has, and which clusters are free.
 *
 * <p>Counts go up before anything refers to a cluster, and down only when nothing in the file does
 * any more: what is given up waits until {@link #settle}, and is not given out again before. So a
 * process that ends at any moment leaves clusters too many counted, and never one too few.
 *
 * <p>A block of counts is made in the first cluster of those that it counts, which is free if there
 * is no block for it yet. Guarded by its user.
 */
final class Refcounts {
  private static final int MOST_WAITING = 1 << 14;
  private static final long OFFSET = 0xffff_ffff_ffff_fe00L;

  private final Storage file;
  private final Qcow2Header header;
  private final TableCache table;
  private final TableCache blocks;
  private final int clusterBits;
  private final int order;

  /** The binary logarithm of how many clusters a block counts. */
  private final int blockBits;

  private final long most;

  /** Clusters before this one are not free. */
  private long hint;

  private final List<Run> waiting = new ArrayList<>();

  /**
   * Clusters one behind another.
   *
   * @param first its number in the file
   */
  record Run(long first, long count) {}

  Refcounts(Storage file, Qcow2Header header, TableCache table, TableCache blocks) {
    this.file = file;
    this.header = header;
    this.table = table;
    this.blocks = blocks;
    clusterBits = header.clusterBits();
    order = header.refcountOrder();
    blockBits = clusterBits + 3 - order;
    most = order == 6 ? Long.MAX_VALUE : (1L << (1 << order)) - 1;
  }

  /** The largest count. */
  long most() {
    return most;
  }

  /** How many clusters the table has room for. */
  private long covered() {
    return (header.reftableClusters() << clusterBits - 3) << blockBits;
  }

  /** The place of the block with a cluster's count; 0 if there is none. */
  private long block(long cluster) throws IOException {
    if (cluster >= covered()) {
      return 0;
    }
    long block = table.getLong(tableEntry(cluster)) & OFFSET;
    if (block < 0 || (block & header.clusterSize() - 1) != 0) {
      throw new DamagedImageException(file, "has a refcount block at 0x%x".formatted(block));
    }
    return block;
  }

  private long tableEntry(long cluster) {
    return header.reftableOffset() + 8 * (cluster >>> blockBits);
  }

  private long countAt(long block, long cluster) {
    long index = cluster & (1L << blockBits) - 1;
    return block + (order < 3 ? index >>> 3 - order : index << order - 3);
  }

  /** How many references a cluster has. */
  long get(long cluster) throws IOException {
    long block = block(cluster);
    return block == 0
        ? 0
        : blocks.look(
            countAt(block, cluster), (bytes, at) -> RefcountBits.get(bytes, at, order, cluster));
  }

  /** Sets a count, for a repair as well. */
  void set(long cluster, long value) throws IOException {
    long block = block(cluster);
    if (block == 0) {
      if (value == 0) {
        return;
      }
      block = makeBlock(cluster);
    }
    blocks.change(
        countAt(block, cluster),
        (bytes, at) -> {
          RefcountBits.put(bytes, at, order, cluster, value);
          return value;
        });
  }

  /** One reference more. */
  void add(long cluster) throws IOException {
    long count = get(cluster);
    if (count >= most) {
      throw new DamagedImageException(
          file, "has %d references to cluster %d".formatted(count, cluster));
    }
    set(cluster, count + 1);
  }

  private long makeBlock(long cluster) throws IOException {
    if (cluster >= covered()) {
      growTable(cluster);
      if (block(cluster) != 0) {
        return block(cluster);
      }
    }
    long first = cluster >>> blockBits << blockBits;
    long place = first << clusterBits;
    requireNoMetadata(place, header.clusterSize());
    blocks.forget(place, header.clusterSize());
    file.write(place, MemorySegment.ofArray(new byte[header.clusterSize()]));
    table.putLong(tableEntry(cluster), place);
    blocks.change(
        countAt(place, first),
        (bytes, at) -> {
          RefcountBits.put(bytes, at, order, first, 1);
          return 1;
        });
    return place;
  }

  /**
   * A larger table behind all clusters that the present one covers, together with the blocks that
   * count it. They are on stable storage before the header refers to them.
   */
  private void growTable(long cluster) throws IOException {
    long start = covered();
    long entries = Math.max((cluster >>> blockBits) + 1, (start >>> blockBits) * 3 / 2);
    long perCluster = 1L << clusterBits - 3;
    long clusters = 0;
    long newBlocks = 0;
    long needed;
    do { // The table counts itself and its blocks, which make it longer.
      clusters = Math.ceilDiv(entries, perCluster);
      newBlocks = Math.ceilDiv(clusters + newBlocks, 1L << blockBits);
      needed = (start >>> blockBits) + newBlocks;
      entries = Math.max(entries, needed);
    } while (Math.ceilDiv(entries, perCluster) != clusters
        || Math.ceilDiv(clusters + newBlocks, 1L << blockBits) != newBlocks);
    if (clusters << clusterBits > Qcow2Header.MAX_REFTABLE_BYTES) {
      throw new IOException(
          "disk image %s cannot become larger: its refcount table is full".formatted(file.name()));
    }
    moveTable(start, newBlocks, clusters);
  }

  private void moveTable(long start, long newBlocks, long clusters) throws IOException {
    TableWriter writer = new TableWriter(start, newBlocks, clusters);
    writer.write();
    blocks.write();
    table.write();
    file.flush();
    Run old = new Run(header.reftableOffset() >>> clusterBits, header.reftableClusters());
    header.reftable((start + newBlocks) << clusterBits, clusters);
    file.flush();
    table.forget(old.first << clusterBits, old.count << clusterBits);
    table.forget((start + newBlocks) << clusterBits, clusters << clusterBits);
    waiting.add(old);
  }

  /** Puts a new table and its first blocks together. */
  private final class TableWriter {
    private final long start;
    private final long newBlocks;
    private final long clusters;

    TableWriter(long start, long newBlocks, long clusters) {
      this.start = start;
      this.newBlocks = newBlocks;
      this.clusters = clusters;
    }

    void write() throws IOException {
      table.write(); // What is copied is read from the file.
      byte[] bytes = new byte[Math.toIntExact(clusters << clusterBits)];
      MemorySegment made = MemorySegment.ofArray(bytes);
      file.read(header.reftableOffset(), made.asSlice(0, header.reftableClusters() << clusterBits));
      ByteBuffer entries = ByteBuffer.wrap(bytes);
      for (long n = 0; n < newBlocks; n++) {
        long index = (start >>> blockBits) + n;
        entries.putLong(Math.toIntExact(8 * index), (start + n) << clusterBits);
        writeBlock(n);
      }
      file.write((start + newBlocks) << clusterBits, made);
    }

    private void writeBlock(long n) throws IOException {
      byte[] bytes = new byte[header.clusterSize()];
      ByteBuffer counts = ByteBuffer.wrap(bytes);
      long first = n << blockBits;
      long used = Math.clamp(newBlocks + clusters - first, 0, 1L << blockBits);
      for (long i = 0; i < used; i++) {
        RefcountBits.put(counts, (int) countAt(0, i), order, i, 1);
      }
      long place = (start + n) << clusterBits;
      blocks.forget(place, bytes.length);
      file.write(place, MemorySegment.ofArray(bytes));
    }
  }

  /**
   * Takes free clusters, one behind another, and counts a reference to each.
   *
   * @param wanted how many; there may be fewer, but at least one
   */
  Run allocate(long wanted) throws IOException {
    long first = nextFree(hint);
    if (block(first) == 0) {
      makeBlock(first); // In the first free cluster of its range.
      first = nextFree(first);
    }
    long end = first + 1;
    while (end - first < wanted && block(end) != 0 && get(end) == 0) {
      end++;
    }
    requireNoMetadata(first << clusterBits, end - first << clusterBits);
    for (long cluster = first; cluster < end; cluster++) {
      set(cluster, 1);
    }
    hint = end;
    return new Run(first, end - first);
  }

  private long nextFree(long from) throws IOException {
    long cluster = from;
    while (true) {
      long block = block(cluster);
      if (block == 0) {
        return cluster;
      }
      long start = cluster;
      long skipped =
          blocks.look(
              countAt(block, cluster), (bytes, at) -> RefcountBits.used(bytes, at, order, start));
      cluster += skipped;
      boolean pageEnds = skipped == RefcountBits.left(blocks.pageSize(), order, start);
      if (!pageEnds) {
        return cluster;
      }
    }
  }

  /**
   * Refuses to store something in the header or in a table whose place the header tells: counts
   * that say such a cluster is free are wrong.
   */
  void requireNoMetadata(long place, long length) throws IOException {
    long size = header.clusterSize();
    boolean free =
        apart(place, length, 0, size)
            && apart(place, length, header.l1Offset(), header.l1Size() * 8)
            && apart(
                place, length, header.reftableOffset(), header.reftableClusters() << clusterBits)
            && (header.snapshots() == 0 || apart(place, length, header.snapshotsOffset(), size));
    if (!free) {
      header.incompatible(header.incompatible() | Qcow2Header.INCOMPATIBLE_CORRUPT);
      throw new DamagedImageException(
          file,
          "would have data at 0x%x, where its tables are; repair a copy of it: atoll disk check -r all"
              .formatted(place));
    }
  }

  private static boolean apart(long place, long length, long other, long otherLength) {
    return place + length <= other || other + otherLength <= place;
  }

  /** Gives references to clusters up, once {@link #settle} is called. */
  void free(long cluster, long count) {
    if (!waiting.isEmpty()) {
      Run last = waiting.getLast();
      if (last.first + last.count == cluster) {
        waiting.set(waiting.size() - 1, new Run(last.first, last.count + count));
        return;
      }
    }
    waiting.add(new Run(cluster, count));
  }

  /** Whether references wait to be given up. */
  boolean waiting() {
    return !waiting.isEmpty();
  }

  /** Whether so many wait that it is time to do it. */
  boolean full() {
    return waiting.size() >= MOST_WAITING;
  }

  /**
   * Counts what was given up, now that nothing in the file refers to it.
   *
   * @return clusters that are free then
   */
  List<Run> settle() throws IOException {
    List<Run> freed = new ArrayList<>();
    for (Run run : waiting) {
      settle(run, freed);
    }
    waiting.clear();
    return freed;
  }

  private void settle(Run run, List<Run> freed) throws IOException {
    for (long cluster = run.first; cluster < run.first + run.count; cluster++) {
      long count = get(cluster);
      if (count == 0) {
        continue; // The image was wrong before: atoll disk check tells.
      }
      set(cluster, count - 1);
      if (count == 1) {
        hint = Math.min(hint, cluster);
        addTo(freed, cluster);
      }
    }
  }

  private static void addTo(List<Run> runs, long cluster) {
    Run last = runs.isEmpty() ? null : runs.getLast();
    if (last != null && last.first + last.count == cluster) {
      runs.set(runs.size() - 1, new Run(last.first, last.count + 1));
    } else {
      runs.add(new Run(cluster, 1));
    }
  }
}

package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The tables of an open qcow2 image, and the order in which changes of them reach the file.
 *
 * <p>Changes stay in memory until {@link #commit}, which writes what is referred to before what
 * refers to it, with a flush of the host between: counts that go up, L2 tables, the L1 table,
 * counts that go down. Data is written at once, to clusters that nothing refers to yet. So whatever
 * was written when the process or the host ended, no cluster is used twice or counted too low.
 *
 * <p>An image with lazy refcounts is marked as dirty before its first change, and its counts are
 * written when it is closed.
 */
final class Qcow2Metadata implements AutoCloseable {
  private static final int PAGE = 4096;

  /** Covers 256 GiB with clusters of 64 KiB. */
  private static final long L2_BYTES = 32 << 20;

  private static final long REFCOUNT_BYTES = 8 << 20;
  private static final long TABLE_BYTES = 1 << 20;

  private final Storage file;
  private final Storage data;
  private final Qcow2Header header;
  private final TableCache reftable;
  private final TableCache blocks;
  private final TableCache l1;
  private final TableCache l2;
  private final Refcounts refcounts;
  private final ClusterMap map;
  private boolean changing;

  /**
   * Over the tables of an image.
   *
   * @param data what clusters of data are in: {@code file}, or the external data file
   */
  Qcow2Metadata(Storage file, Storage data, Qcow2Header header) {
    this.file = file;
    this.data = data;
    this.header = header;
    int page = Math.min(PAGE, header.clusterSize());
    reftable = new TableCache(file, page, TABLE_BYTES);
    blocks = new TableCache(file, page, REFCOUNT_BYTES);
    l1 = new TableCache(file, page, TABLE_BYTES);
    l2 = new TableCache(file, page, L2_BYTES);
    refcounts = new Refcounts(file, header, reftable, blocks);
    map = new ClusterMap(file, header, l1, l2, refcounts);
  }

  Storage file() {
    return file;
  }

  Storage data() {
    return data;
  }

  boolean external() {
    return header.dataFile();
  }

  Qcow2Header header() {
    return header;
  }

  Refcounts refcounts() {
    return refcounts;
  }

  ClusterMap map() {
    return map;
  }

  /** Whether changes have begun, so that clusters may be written where they are. */
  boolean changing() {
    return changing;
  }

  /**
   * Is to be called before each change: what the header says of the tables must be true while they
   * change, and changes that wait are bounded.
   */
  void beginChange() throws IOException {
    if (header.corrupt()) {
      throw new DamagedImageException(file, "is marked as corrupt, and is not written any more");
    }
    if (!changing) {
      if (header.version() > 2) {
        markChanging();
      }
      changing = true;
    }
    if (l2.full() || l1.full() || blocks.full() || reftable.full() || refcounts.full()) {
      commit();
    }
  }

  /** The same for changes whose counts must be in the file at once, also with lazy refcounts. */
  void beginExactChange() throws IOException {
    if (!changing) {
      clearMarks();
      changing = true;
    }
    beginChange();
  }

  /** Bitmaps say what has changed since some time, which would be wrong from now on. */
  private void clearMarks() throws IOException {
    long kept = header.autoclear() & Qcow2Header.AUTOCLEAR_RAW_DATA;
    if (header.version() > 2 && kept != header.autoclear()) {
      header.autoclear(kept);
      file.flush();
    }
  }

  private void markChanging() throws IOException {
    clearMarks();
    if (header.lazyRefcounts()) {
      header.incompatible(header.incompatible() | Qcow2Header.INCOMPATIBLE_DIRTY);
      file.flush();
    }
  }

  /**
   * Has the tables in the file be those in memory; what was not flushed by the host may be lost.
   */
  void commit() throws IOException {
    if (external() && l2.changed()) {
      data.flush();
    }
    boolean written =
        header.dirty() ? l2.changed() : writeCounts(); // Data, at least, is behind it.
    written = write(l2, written);
    written = write(l1, written);
    if (refcounts.waiting()) {
      if (written) {
        file.flush();
      }
      for (Refcounts.Run run : refcounts.settle()) {
        forget(run);
      }
      if (!header.dirty()) {
        writeCounts();
      }
    }
  }

  private boolean writeCounts() throws IOException {
    return write(reftable, write(blocks, false));
  }

  /** Returns whether something was written since the last flush of the host. */
  private boolean write(TableCache cache, boolean written) throws IOException {
    if (!cache.changed()) {
      return written;
    }
    if (written) {
      file.flush();
    }
    try {
      cache.write();
    } catch (IOException e) {
      throw new NotWrittenException(e);
    }
    return true;
  }

  /** Clusters are free: they are no tables, and the host may have their blocks. */
  private void forget(Refcounts.Run run) throws IOException {
    long at = run.first() << header.clusterBits();
    long length = run.count() << header.clusterBits();
    l2.forget(at, length);
    l1.forget(at, length);
    blocks.forget(at, length);
    reftable.forget(at, length);
    long end = Math.min(at + length, file.size());
    if (end > at) {
      file.punch(at, end - at);
    }
  }

  /** Everything that was written before is on stable storage afterwards. */
  void flush() throws IOException {
    commit();
    sync();
  }

  /** Everything that was written or committed before is on stable storage afterwards. */
  void sync() throws IOException {
    if (external()) {
      data.flush();
    }
    file.flush();
  }

  /** Gives the L1 table room for a larger disk. */
  void growL1(long entries) throws IOException {
    if (entries <= header.l1Size()) {
      return;
    }
    header.requireL1(entries);
    commit();
    long bytes = entries * 8;
    long clusters = Math.ceilDiv(bytes, header.clusterSize());
    Refcounts.Run run = contiguous(clusters);
    MemorySegment copy = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
    file.read(header.l1Offset(), copy.asSlice(0, header.l1Size() * 8));
    file.write(run.first() << header.clusterBits(), copy);
    commit();
    file.flush();
    long old = header.l1Offset();
    long oldClusters = Math.ceilDiv(header.l1Size() * 8, header.clusterSize());
    header.l1(run.first() << header.clusterBits(), entries);
    file.flush();
    l1.forget(old, oldClusters << header.clusterBits());
    l1.forget(header.l1Offset(), clusters << header.clusterBits());
    if (old != 0) {
      refcounts.free(old >>> header.clusterBits(), oldClusters);
    }
    commit();
  }

  /** Takes free clusters that lie one behind another. */
  Refcounts.Run contiguous(long clusters) throws IOException {
    while (true) {
      Refcounts.Run run = refcounts.allocate(clusters);
      if (run.count() == clusters) {
        return run;
      }
      refcounts.free(run.first(), run.count()); // The next one begins behind it.
    }
  }

  /** Writes what is left, and says in the image that its counts are true. */
  @Override
  public void close() throws IOException {
    if (!changing) {
      return;
    }
    commit();
    if (header.dirty()) {
      file.flush();
      writeCounts();
      file.flush();
      header.incompatible(header.incompatible() & ~Qcow2Header.INCOMPATIBLE_DIRTY);
    }
    changing = false;
  }
}

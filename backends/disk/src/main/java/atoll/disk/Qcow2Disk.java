package atoll.disk;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A disk in a qcow2 image: clusters that are allocated as they are written, over a backing disk or
 * zeroes.
 *
 * <p>Reads, and writes to clusters that the image has for itself, may happen at the same time.
 * Whatever changes the tables happens alone. What was not flushed is lost when the process ends
 * without {@link #close}; the image stays whole.
 */
final class Qcow2Disk implements SparseDisk {
  private final Qcow2Metadata tables;
  private final Qcow2Header header;
  private final ClusterMap map;
  private final Optional<BlockBackend> backing;
  private final CompressedClusters compressed;
  private final ClusterWriter writer;
  private final boolean readOnly;
  private final String serial;
  private final Lock reading;
  private final Lock changing;

  /**
   * Over an open image.
   *
   * @param backing read where the image has nothing
   */
  Qcow2Disk(Qcow2Metadata tables, Optional<BlockBackend> backing, boolean readOnly, String serial) {
    this.tables = tables;
    this.backing = backing;
    this.readOnly = readOnly;
    this.serial = serial;
    header = tables.header();
    map = tables.map();
    compressed = new CompressedClusters(tables.file(), header);
    writer =
        new ClusterWriter(
            tables,
            (offset, into) -> readUnlocked(offset, List.of(into)),
            compressed,
            backing.isPresent());
    ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    reading = lock.readLock();
    changing = lock.writeLock();
  }

  @Override
  public long size() {
    return header.size();
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public String serial() {
    return serial;
  }

  Qcow2Metadata tables() {
    return tables;
  }

  @Override
  public void read(long offset, MemorySegment into) throws IOException {
    read(offset, List.of(into));
  }

  @Override
  public void read(long offset, List<MemorySegment> into) throws IOException {
    reading.lock();
    try {
      readUnlocked(offset, into);
    } finally {
      reading.unlock();
    }
  }

  private void readUnlocked(long offset, List<MemorySegment> into) throws IOException {
    long size = Pieces.size(into);
    for (long done = 0; done < size; ) {
      Extent extent = map.find(offset + done, size - done);
      List<MemorySegment> part = Pieces.slice(into, done, extent.length());
      switch (extent.kind()) {
        case DATA -> tables.data().read(extent.place(), part);
        case COMPRESSED -> readCompressed(extent.place(), offset + done, part);
        case ZERO -> Pieces.zero(part);
        case BACKING -> readBacking(offset + done, part);
      }
      done += extent.length();
    }
  }

  private void readCompressed(long word, long offset, List<MemorySegment> into) throws IOException {
    int from = (int) (offset & header.clusterSize() - 1);
    for (MemorySegment piece : into) {
      compressed.read(word, from, piece);
      from += (int) piece.byteSize();
    }
  }

  /** A backing disk may be smaller; zeroes follow it. */
  private void readBacking(long offset, List<MemorySegment> into) throws IOException {
    long there = inBacking(offset, Pieces.size(into));
    if (there > 0) {
      backing.get().read(offset, Pieces.slice(into, 0, there));
    }
    Pieces.zero(Pieces.rest(into, there));
  }

  /** How many of {@code length} bytes a backing disk has. */
  private long inBacking(long offset, long length) {
    return backing.isEmpty() ? 0 : Math.clamp(backing.get().size() - offset, 0, length);
  }

  @Override
  public boolean readNow(long offset, List<MemorySegment> into) throws IOException {
    if (!reading.tryLock()) {
      return false;
    }
    try {
      return readNowUnlocked(offset, into);
    } finally {
      reading.unlock();
    }
  }

  private boolean readNowUnlocked(long offset, List<MemorySegment> into) throws IOException {
    long size = Pieces.size(into);
    if (!map.known(offset, size)) {
      return false;
    }
    boolean read = true;
    for (long done = 0; done < size && read; ) {
      Extent extent = map.find(offset + done, size - done);
      List<MemorySegment> part = Pieces.slice(into, done, extent.length());
      read =
          switch (extent.kind()) {
            case DATA -> tables.data().readNow(extent.place(), part);
            case COMPRESSED -> false;
            case ZERO -> {
              Pieces.zero(part);
              yield true;
            }
            case BACKING -> readBackingNow(offset + done, part);
          };
      done += extent.length();
    }
    return read;
  }

  private boolean readBackingNow(long offset, List<MemorySegment> into) throws IOException {
    long there = inBacking(offset, Pieces.size(into));
    Pieces.zero(Pieces.rest(into, there));
    return there == 0 || backing.get().readNow(offset, Pieces.slice(into, 0, there));
  }

  @Override
  public boolean writesSoon() {
    return tables.data().writesSoon();
  }

  @Override
  public void write(long offset, MemorySegment from) throws IOException {
    write(offset, List.of(from));
  }

  @Override
  public void write(long offset, List<MemorySegment> from) throws IOException {
    requireWritable();
    long size = Pieces.size(from);
    for (long done = 0; done < size; ) {
      List<MemorySegment> left = Pieces.rest(from, done);
      long written = writeInPlace(offset + done, left);
      done += written > 0 ? written : change(offset + done, left);
    }
  }

  /** Writes where the clusters are there already; returns how many bytes that were. */
  private long writeInPlace(long offset, List<MemorySegment> from) throws IOException {
    long size = Pieces.size(from);
    reading.lock();
    try {
      long done = 0;
      while (done < size && tables.changing()) {
        Extent extent = map.find(offset + done, size - done);
        if (!extent.writable()) {
          break;
        }
        if (!tables.external()) {
          tables.refcounts().requireNoMetadata(extent.place(), extent.length());
        }
        tables.data().write(extent.place(), Pieces.slice(from, done, extent.length()));
        done += extent.length();
      }
      return done;
    } finally {
      reading.unlock();
    }
  }

  private long change(long offset, List<MemorySegment> from) throws IOException {
    changing.lock();
    try {
      tables.beginChange();
      return writer.write(offset, from);
    } finally {
      changing.unlock();
    }
  }

  /**
   * Writes one cluster compressed, or as it is if that is not shorter; for a new image.
   *
   * @param length how many of its bytes are the disk's; the others are zero
   */
  void writeCompressed(long offset, MemorySegment cluster, long length) throws IOException {
    requireWritable();
    changing.lock();
    try {
      tables.beginChange();
      if (!writer.writeCompressed(offset, cluster)) {
        writer.write(offset, List.of(cluster.asSlice(0, length)));
      }
    } finally {
      changing.unlock();
    }
  }

  /** Where up to {@code most} bytes come from, as far as it is one place. */
  Extent find(long offset, long most) throws IOException {
    reading.lock();
    try {
      return map.find(offset, most);
    } finally {
      reading.unlock();
    }
  }

  @Override
  public Range range(long offset, long most) throws IOException {
    Extent extent = find(offset, most);
    return switch (extent.kind()) {
      case DATA -> own(extent.length(), Source.DATA, OptionalLong.of(extent.place()));
      case COMPRESSED -> own(extent.length(), Source.COMPRESSED, OptionalLong.empty());
      case ZERO -> own(extent.length(), Source.ZERO, OptionalLong.empty());
      case BACKING -> backingRange(offset, extent.length());
    };
  }

  private Range own(long length, Source source, OptionalLong place) {
    return new Range(length, source, 0, place, tables.data().name());
  }

  private Range backingRange(long offset, long length) throws IOException {
    long there = backing.isEmpty() ? 0 : Math.min(length, backing.get().size() - offset);
    if (there <= 0) {
      return own(length, Source.NOTHING, OptionalLong.empty());
    }
    return (backing.get() instanceof SparseDisk sparse
            ? sparse.range(offset, there)
            : Range.unknown(there))
        .behind();
  }

  /** It may also become smaller. What is added is zero, whatever is behind it. */
  @Override
  public void resize(long size) throws IOException {
    requireWritable();
    long old = size();
    if (size > old) {
      changing.lock();
      try {
        tables.beginChange();
        tables.growL1(header.l1Needed(size));
      } finally {
        changing.unlock();
      }
      writeZeroes(old, addedOver(old, size), true);
    } else {
      long kept = Math.ceilDiv(size, header.clusterSize()) << header.clusterBits();
      inTables(kept, Math.max(0, old - kept), writer::forget);
    }
    flush();
    header.size(size);
    flush();
  }

  /** What of an addition could show something old: the rest of a cluster, or a backing disk. */
  private long addedOver(long old, long size) {
    long cluster = -old & header.clusterSize() - 1;
    long behind = backing.isEmpty() ? 0 : backing.get().size() - old;
    return Math.min(size - old, Math.max(cluster, behind));
  }

  /** Forgets everything that it has of its own. */
  void empty() throws IOException {
    requireWritable();
    inTables(0, size(), writer::forget);
  }

  private void requireWritable() throws IOException {
    if (readOnly) {
      throw new IOException("disk image %s is read-only".formatted(tables.file().name()));
    }
  }

  @Override
  public void flush() throws IOException {
    if (readOnly) {
      return;
    }
    changing.lock();
    try {
      tables.commit();
    } finally {
      changing.unlock();
    }
    tables.sync(); // Others may read and write meanwhile: what they change is for another flush.
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    requireWritable();
    inTables(offset, length, writer::discard);
  }

  @Override
  public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
    requireWritable();
    inTables(offset, length, (at, bytes) -> writer.zero(at, bytes, mayUnmap));
  }

  /** A change of a part of a range. */
  @FunctionalInterface
  private interface Change {
    /** Returns how many bytes are done with. */
    long perform(long offset, long length) throws IOException;
  }

  private void inTables(long offset, long length, Change change) throws IOException {
    for (long done = 0; done < length; ) {
      changing.lock();
      try {
        tables.beginChange();
        done += change.perform(offset + done, length - done);
      } finally {
        changing.unlock();
      }
    }
  }

  @Override
  public void close() throws IOException {
    changing.lock();
    try {
      closeAll();
    } finally {
      changing.unlock();
    }
  }

  private void closeAll() throws IOException {
    try {
      tables.close();
    } finally {
      closeFiles();
    }
  }

  private void closeFiles() throws IOException {
    try {
      tables.data().close();
      tables.file().close();
    } finally {
      if (backing.isPresent()) {
        backing.get().close();
      }
    }
  }
}

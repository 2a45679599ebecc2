package atoll.disk;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
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
    writer = new ClusterWriter(tables, this::readUnlocked, compressed, backing.isPresent());
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
    reading.lock();
    try {
      readUnlocked(offset, into);
    } finally {
      reading.unlock();
    }
  }

  private void readUnlocked(long offset, MemorySegment into) throws IOException {
    for (long done = 0; done < into.byteSize(); ) {
      Extent extent = map.find(offset + done, into.byteSize() - done);
      MemorySegment part = into.asSlice(done, extent.length());
      switch (extent.kind()) {
        case DATA -> tables.data().read(extent.place(), part);
        case COMPRESSED ->
            compressed.read(extent.place(), (int) (offset + done & header.clusterSize() - 1), part);
        case ZERO -> part.fill((byte) 0);
        case BACKING -> readBacking(offset + done, part);
      }
      done += extent.length();
    }
  }

  /** A backing disk may be smaller; zeroes follow it. */
  private void readBacking(long offset, MemorySegment into) throws IOException {
    long there =
        backing.isEmpty() ? 0 : Math.clamp(backing.get().size() - offset, 0, into.byteSize());
    if (there > 0) {
      backing.get().read(offset, into.asSlice(0, there));
    }
    into.asSlice(there).fill((byte) 0);
  }

  @Override
  public void write(long offset, MemorySegment from) throws IOException {
    requireWritable();
    for (long done = 0; done < from.byteSize(); ) {
      MemorySegment left = from.asSlice(done);
      long written = writeInPlace(offset + done, left);
      done += written > 0 ? written : change(offset + done, left);
    }
  }

  /** Writes where the clusters are there already; returns how many bytes that were. */
  private long writeInPlace(long offset, MemorySegment from) throws IOException {
    reading.lock();
    try {
      long done = 0;
      while (done < from.byteSize() && tables.changing()) {
        Extent extent = map.find(offset + done, from.byteSize() - done);
        if (!extent.writable()) {
          break;
        }
        if (!tables.external()) {
          tables.refcounts().requireNoMetadata(extent.place(), extent.length());
        }
        tables.data().write(extent.place(), from.asSlice(done, extent.length()));
        done += extent.length();
      }
      return done;
    } finally {
      reading.unlock();
    }
  }

  private long change(long offset, MemorySegment from) throws IOException {
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
        writer.write(offset, cluster.asSlice(0, length));
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

  /** Gives the disk another size; what is added is zero, whatever is behind it. */
  void resize(long size) throws IOException {
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
      tables.flush();
    } finally {
      changing.unlock();
    }
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

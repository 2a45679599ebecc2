package atoll.disk;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Makes, applies and deletes the internal snapshots of an image that nobody else uses.
 *
 * <p>Counts are on stable storage before anything refers to what they count, and nothing refers to
 * it any more when they go down. Each step becomes true by one write of the header: before it the
 * image is as it was, and after it as it should be, but for clusters counted too high and flags
 * that say an owned cluster is shared. A flag never says that a shared one is owned: what a
 * snapshot has is not overwritten, whenever the process ends.
 */
final class Qcow2Snapshots implements AutoCloseable {
  // As QEMU's, whose own limits they are.
  private static final int NAME_MOST = 255;
  private static final long TABLE_MOST = 64 << 20;

  private final Storage file;
  private final Qcow2Header header;
  private final Qcow2Metadata tables;
  private final int clusterBits;

  /** References to clusters one behind another. */
  @FunctionalInterface
  private interface References {
    void to(long first, long count) throws IOException;
  }

  /** Of an image that is open to be written; closes it. */
  Qcow2Snapshots(Storage file) throws IOException {
    this.file = file;
    header = Qcow2Header.read(file);
    require(
        !header.corrupt(), "is marked as corrupt; repair a copy of it: atoll disk check -r all");
    require(!header.dataFile(), "has an external data file, whose state no snapshot can keep");
    require(
        header.refcountOrder() > 0,
        "has counts of one bit, which cannot count a snapshot; convert it with refcount_bits=16");
    if (header.dirty()) {
      Qcow2Repair.counts(file, header);
    }
    tables = new Qcow2Metadata(file, file, header);
    clusterBits = header.clusterBits();
  }

  private void require(boolean holds, String otherwise) throws IOException {
    if (!holds) {
      throw new IOException("disk image %s %s".formatted(file.name(), otherwise));
    }
  }

  private List<Qcow2Snapshot> all() throws IOException {
    return Qcow2Snapshot.read(file, header).snapshots();
  }

  /** By its number, or else by its name. */
  private Qcow2Snapshot find(String which) throws IOException {
    List<Qcow2Snapshot> all = all();
    Optional<Qcow2Snapshot> found =
        first(all, one -> one.id().equals(which))
            .or(() -> first(all, one -> one.name().equals(which)));
    require(
        found.isPresent(), "has no snapshot '%s'; see: atoll disk snapshot -l".formatted(which));
    return found.get();
  }

  private static Optional<Qcow2Snapshot> first(
      List<Qcow2Snapshot> all, Predicate<Qcow2Snapshot> wanted) {
    return all.stream().filter(wanted).findFirst();
  }

  /**
   * Keeps the disk as it is now.
   *
   * @param epochNanos since 1970
   */
  void create(String name, long epochNanos) throws IOException {
    require(
        !name.isEmpty() && name.length() <= NAME_MOST,
        "cannot have a snapshot '%s'; a name has 1 to %d characters".formatted(name, NAME_MOST));
    List<Qcow2Snapshot> before = all();
    long id = 1 + before.stream().mapToLong(Qcow2Snapshots::number).max().orElse(0);
    tables.beginExactChange();
    references(header.l1Offset(), header.l1Size(), this::raise);
    long copy = copyL1(header.l1Offset(), header.l1Size(), header.l1Size());
    byte[] entry =
        Qcow2Snapshot.entry("" + id, name, copy, header.l1Size(), epochNanos, header.size());
    long table = writeTable(before, entry);
    tables.flush();
    mendFlags(header.l1Offset(), header.l1Size());
    replaceTable(before, table, before.size() + 1);
  }

  private static long number(Qcow2Snapshot snapshot) {
    return snapshot.id().matches("[0-9]{1,9}") ? Long.parseLong(snapshot.id()) : 0;
  }

  /** Has the disk be as it was when the snapshot was made. */
  void apply(String which) throws IOException {
    Qcow2Snapshot snapshot = find(which);
    long size = snapshot.diskSize().orElse(header.size());
    long entries = Math.max(header.l1Needed(size), snapshot.l1Entries());
    header.requireL1(entries);
    tables.beginExactChange();
    references(snapshot.l1Offset(), snapshot.l1Entries(), this::raise);
    long copy = copyL1(snapshot.l1Offset(), snapshot.l1Entries(), entries);
    tables.flush();
    mendFlags(copy, entries);
    long old = header.l1Offset();
    long oldEntries = header.l1Size();
    header.disk(size, copy, entries);
    file.flush();
    giveUp(old, oldEntries);
    mendFlags(header.l1Offset(), header.l1Size());
  }

  /** Forgets a snapshot. */
  void delete(String which) throws IOException {
    Qcow2Snapshot snapshot = find(which);
    List<Qcow2Snapshot> before = all();
    List<Qcow2Snapshot> kept = new ArrayList<>(before);
    kept.remove(snapshot);
    tables.beginExactChange();
    long table = kept.isEmpty() ? 0 : writeTable(kept, new byte[0]);
    tables.flush();
    replaceTable(before, table, kept.size());
    giveUp(snapshot.l1Offset(), snapshot.l1Entries());
    mendFlags(header.l1Offset(), header.l1Size());
  }

  /** Everything that an L1 table refers to; a table comes after what is in it. */
  private void references(long place, long entries, References each) throws IOException {
    require(
        place >= 0 && (place & header.clusterSize() - 1) == 0 && entries * 8 <= file.size() - place,
        "has an L1 table at 0x%x, of %d entries".formatted(place, entries));
    TableEntries l1 = new TableEntries(file, place, entries);
    for (long n = 0; n < entries; n++) {
      long table = l1.get(n) & L2Entry.OFFSET;
      if (table != 0) {
        require(table < file.size(), "has an L2 table at 0x%x, past its end".formatted(table));
        clusters(table, each);
        each.to(table >>> clusterBits, 1);
        tables.beginChange(); // What waits is bounded.
      }
    }
  }

  private void clusters(long table, References each) throws IOException {
    int words = header.extendedL2() ? 2 : 1;
    TableEntries l2 = new TableEntries(file, table, (long) words << header.l2Bits());
    for (long n = 0; n < l2.count(); n += words) {
      L2Entry entry = new L2Entry(l2.get(n), words == 2 ? l2.get(n + 1) : 0);
      if (entry.compressed()) {
        CompressedPlace place = CompressedPlace.of(entry.word(), clusterBits);
        long first = place.offset() >>> clusterBits;
        each.to(first, ((place.offset() + place.length() - 1) >>> clusterBits) - first + 1);
      } else if (entry.place() != 0) {
        each.to(entry.place() >>> clusterBits, 1);
      }
    }
  }

  private void raise(long first, long count) throws IOException {
    for (long cluster = first; cluster < first + count; cluster++) {
      tables.refcounts().add(cluster);
    }
  }

  /** Returns the place of a copy with room for more entries, in which nothing is owned. */
  private long copyL1(long from, long entries, long room) throws IOException {
    long clusters = clusters(Math.max(1, room) * 8);
    ByteBuffer copy = ByteBuffer.allocate(Math.toIntExact(clusters << clusterBits));
    file.read(from, MemorySegment.ofBuffer(copy).asSlice(0, entries * 8));
    for (int n = 0; n < entries; n++) {
      copy.putLong(8 * n, copy.getLong(8 * n) & ~L2Entry.COPIED);
    }
    return write(copy, clusters);
  }

  private long clusters(long bytes) {
    return Math.ceilDiv(bytes, header.clusterSize());
  }

  private long write(ByteBuffer bytes, long clusters) throws IOException {
    long place = tables.contiguous(clusters).first() << clusterBits;
    file.write(place, MemorySegment.ofBuffer(bytes.clear()));
    return place;
  }

  /** Returns the place of a new table of snapshots: as they were, and one more if there is one. */
  private long writeTable(List<Qcow2Snapshot> kept, byte[] added) throws IOException {
    long size = added.length + kept.stream().mapToLong(Qcow2Snapshot::bytes).sum();
    require(size <= TABLE_MOST, "has too many snapshots; delete some");
    ByteArrayOutputStream table = new ByteArrayOutputStream();
    for (Qcow2Snapshot snapshot : kept) {
      byte[] entry = new byte[snapshot.bytes()];
      file.read(snapshot.place(), MemorySegment.ofArray(entry));
      table.writeBytes(entry);
    }
    table.writeBytes(added);
    long clusters = clusters(table.size());
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(clusters << clusterBits));
    return write(bytes.put(table.toByteArray()), clusters);
  }

  private void replaceTable(List<Qcow2Snapshot> before, long table, long count) throws IOException {
    long old = header.snapshotsOffset();
    long bytes = before.stream().mapToLong(Qcow2Snapshot::bytes).sum();
    header.snapshots(table, count);
    file.flush();
    if (bytes > 0) {
      tables.refcounts().free(old >>> clusterBits, clusters(bytes));
    }
    tables.flush();
  }

  /** What only this L1 table has referred to is free afterwards. */
  private void giveUp(long place, long entries) throws IOException {
    references(place, entries, tables.refcounts()::free);
    if (place != 0) {
      tables.refcounts().free(place >>> clusterBits, clusters(entries * 8));
    }
    tables.flush();
  }

  /** By the counts in the file. */
  private void mendFlags(long place, long entries) throws IOException {
    long mended = new OwnerFlags(file, header, new Counts(file, header)).repair(place, entries);
    if (mended > 0) {
      file.flush();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      tables.close();
    } finally {
      file.close();
    }
  }
}

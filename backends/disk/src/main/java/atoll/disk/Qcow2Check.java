package atoll.disk;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts what an image's tables refer to, and compares that with the counts that the image has.
 * Nothing is changed. Used once, on an image that nobody changes meanwhile.
 */
final class Qcow2Check {
  private static final int MOST_FINDINGS = 100;

  private final Storage file;
  private final Qcow2Header header;
  private final int clusterBits;
  private final long fileClusters;
  private final ReferenceCounts expected = new ReferenceCounts();
  private final ReferenceCounts structure = new ReferenceCounts();
  private final List<String> findings = new ArrayList<>();
  private long corruptions;
  private long leaks;
  private boolean blocksUsable = true;
  private long allocated;
  private long compressed;
  private long fragmented;
  private long nextPlace = -1;
  private long end;

  /** Clusters that the file would have to have. */
  private long needed;

  Qcow2Check(Storage file, Qcow2Header header) throws IOException {
    this.file = file;
    this.header = header;
    clusterBits = header.clusterBits();
    fileClusters = Math.ceilDiv(file.size(), header.clusterSize());
  }

  /** References to each cluster, but for those of the counts' own tables. */
  ReferenceCounts expected() {
    return expected;
  }

  /** Those of the counts' own tables. */
  ReferenceCounts structure() {
    return structure;
  }

  /** Whether the counts are where their table says, and nothing else is there. */
  boolean blocksUsable() {
    return blocksUsable;
  }

  long fileClusters() {
    return fileClusters;
  }

  /** How many clusters the file would have to have for all that refers to it. */
  long neededClusters() {
    return Math.max(needed, fileClusters);
  }

  /** Looks at everything. */
  CheckReport run() throws IOException {
    count();
    Counts counts = new Counts(file, header);
    for (long cluster = 0; cluster < fileClusters; cluster++) {
      compare(cluster, counts.get(cluster));
    }
    new OwnerFlags(file, header, counts).check(this::corrupt);
    return report();
  }

  private CheckReport report() {
    return new CheckReport(
        corruptions,
        leaks,
        0,
        0,
        allocated,
        compressed,
        fragmented,
        Math.ceilDiv(header.size(), header.clusterSize()),
        end << clusterBits,
        findings);
  }

  /** Follows all tables. */
  void count() throws IOException {
    refer(0, 1, expected);
    table(header.l1Offset(), header.l1Size(), true);
    Qcow2Snapshot.Table snapshots = Qcow2Snapshot.read(file, header);
    refer(header.snapshotsOffset(), snapshots.bytes(), expected);
    for (Qcow2Snapshot snapshot : snapshots.snapshots()) {
      if (!inFile(snapshot.l1Offset(), snapshot.l1Entries() * 8)) {
        corrupt(
            "snapshot %s has its L1 table at 0x%x".formatted(snapshot.id(), snapshot.l1Offset()));
      } else {
        table(snapshot.l1Offset(), snapshot.l1Entries(), false);
      }
    }
    if ((header.autoclear() & Qcow2Header.AUTOCLEAR_BITMAPS) != 0) {
      new BitmapTables(file, header).places((at, length) -> refer(at, length, expected));
    }
    counts();
  }

  private boolean inFile(long at, long length) throws IOException {
    return at >= 0
        && (at & header.clusterSize() - 1) == 0
        && length >= 0
        && at <= file.size() - length;
  }

  private void counts() throws IOException {
    refer(header.reftableOffset(), header.reftableClusters() << clusterBits, structure);
    TableEntries entries =
        new TableEntries(
            file, header.reftableOffset(), header.reftableClusters() << clusterBits - 3);
    for (long n = 0; n < entries.count(); n++) {
      long block = entries.get(n) & -512;
      if (block == 0) {
        continue;
      }
      long cluster = block >>> clusterBits;
      if (!inFile(block, 1)) {
        corrupt("refcount block %d is at 0x%x".formatted(n, block));
        blocksUsable = false;
      } else {
        blocksUsable &= expected.get(cluster) == 0 && structure.get(cluster) == 0;
        refer(block, header.clusterSize(), structure);
      }
    }
  }

  /** An L1 table and all below it. */
  private void table(long place, long count, boolean active) throws IOException {
    refer(place, count * 8, expected);
    TableEntries l1 = new TableEntries(file, place, count);
    for (long n = 0; n < count; n++) {
      long table = l1.get(n) & L2Entry.OFFSET;
      if (table == 0) {
        continue;
      }
      if (!inFile(table, 1)) {
        corrupt("L2 table %d is at 0x%x".formatted(n, table));
      } else {
        refer(table, header.clusterSize(), expected);
        clusters(table, active);
      }
    }
  }

  private void clusters(long table, boolean active) throws IOException {
    int words = header.extendedL2() ? 2 : 1;
    TableEntries l2 = new TableEntries(file, table, (long) words << header.l2Bits());
    for (long n = 0; n < l2.count(); n += words) {
      L2Entry entry = new L2Entry(l2.get(n), words == 2 ? l2.get(n + 1) : 0);
      if (entry.compressed()) {
        compressed(entry, active);
      } else if (entry.hasPlace(header.dataFile())) {
        cluster(entry, active);
      } else if (header.extendedL2() && (entry.bitmap() & 0xffff_ffffL) != 0) {
        corrupt("subclusters are allocated without a cluster (L2 table at 0x%x)".formatted(table));
      }
    }
  }

  private void compressed(L2Entry entry, boolean active) {
    CompressedPlace place = CompressedPlace.of(entry.word(), clusterBits);
    refer(place.offset(), place.length(), expected);
    if (active) {
      allocated++;
      compressed++;
      fragmented++; // As QEMU counts them.
    }
  }

  private void cluster(L2Entry entry, boolean active) {
    long place = entry.place();
    if ((place & header.clusterSize() - 1) != 0) {
      corrupt("a cluster is at 0x%x".formatted(place));
      return;
    }
    if (!header.dataFile()) {
      refer(place, header.clusterSize(), expected);
    }
    if (active) {
      allocated++;
      if (nextPlace >= 0 && place != nextPlace) {
        fragmented++;
      }
      nextPlace = place + header.clusterSize();
    }
  }

  private void refer(long at, long length, ReferenceCounts counts) {
    if (length <= 0) {
      return;
    }
    long last = (at + length - 1) >>> clusterBits;
    for (long cluster = at >>> clusterBits; cluster <= last; cluster++) {
      if (cluster >= fileClusters) {
        corrupt("cluster %d is past the end of the file".formatted(cluster));
        needed = Math.max(needed, last + 1);
        return;
      }
      counts.add(cluster);
    }
  }

  private void compare(long cluster, long counted) {
    long references = expected.get(cluster) + structure.get(cluster);
    if (references > 0 || counted > 0) {
      end = cluster + 1;
    }
    if (counted > references) {
      leaks++;
      find("leaked " + text(cluster, counted, references));
    } else if (counted < references) {
      corrupt(text(cluster, counted, references));
    }
  }

  private static String text(long cluster, long counted, long references) {
    return "cluster %d has refcount %d and %d references".formatted(cluster, counted, references);
  }

  private void corrupt(String what) {
    corruptions++;
    find(what);
  }

  private void find(String what) {
    if (findings.size() < MOST_FINDINGS) {
      findings.add(what);
    }
  }
}

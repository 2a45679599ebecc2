package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Has room in a file before something is written to it. */
final class Preallocator {
  private static final int PIECE = 1 << 20;

  private Preallocator() {}

  /** All clusters of a new qcow2 image, as zeroes. */
  static void tables(Qcow2Metadata tables, long size, ImageOptions.Preallocation what)
      throws IOException {
    Qcow2Header header = tables.header();
    ClusterMap map = tables.map();
    long clusters = Math.ceilDiv(size, header.clusterSize());
    long end = 0;
    for (long cluster = 0; cluster < clusters; ) {
      tables.beginChange();
      map.own(cluster);
      long wanted = Math.min(map.tableEnd(cluster), clusters) - cluster;
      Refcounts.Run run =
          tables.external()
              ? new Refcounts.Run(cluster, wanted)
              : tables.refcounts().allocate(wanted);
      for (long n = 0; n < run.count(); n++) {
        long place = run.first() + n << header.clusterBits();
        map.set(
            cluster + n, L2Entry.NONE.stored(place, 0, L2Entry.SUBCLUSTERS, header.extendedL2()));
      }
      long at = run.first() << header.clusterBits();
      long length = run.count() << header.clusterBits();
      room(tables.data(), at, tables.external() ? Math.min(length, size - at) : length, what);
      end = at + length;
      cluster += run.count();
    }
    grow(tables.data(), tables.external() ? size : end);
  }

  private static void grow(Storage file, long end) throws IOException {
    if (file.size() < end) {
      file.resize(end);
    }
  }

  /** A range of a file. */
  static void room(Storage file, long at, long length, ImageOptions.Preallocation what)
      throws IOException {
    switch (what) {
      case OFF, METADATA -> grow(file, at + length);
      case FALLOC -> {
        grow(file, at + length);
        file.zero(at, length, false);
      }
      case FULL -> {
        MemorySegment zeroes = MemorySegment.ofArray(new byte[PIECE]);
        for (long done = 0; done < length; done += PIECE) {
          file.write(at + done, zeroes.asSlice(0, Math.min(PIECE, length - done)));
        }
      }
    }
  }
}

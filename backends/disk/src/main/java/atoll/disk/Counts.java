package atoll.disk;

import java.io.IOException;

/** The counts that an image has, as far as they can be read: one that cannot is 0. */
final class Counts {
  private static final long CACHE = 4 << 20;

  private final Refcounts counts;

  Counts(Storage file, Qcow2Header header) {
    int page = Math.min(4096, header.clusterSize());
    counts =
        new Refcounts(
            file, header, new TableCache(file, page, CACHE), new TableCache(file, page, CACHE));
  }

  long get(long cluster) throws IOException {
    try {
      return counts.get(cluster);
    } catch (DamagedImageException e) {
      return 0; // Found when the table is looked at.
    }
  }
}

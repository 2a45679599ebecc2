package atoll.disk;

import java.io.IOException;
import java.util.function.Consumer;

/** The flags of the active tables that say which clusters nothing else refers to. */
final class OwnerFlags {
  private final Storage file;
  private final Qcow2Header header;
  private final Counts counts;

  OwnerFlags(Storage file, Qcow2Header header, Counts counts) {
    this.file = file;
    this.header = header;
    this.counts = counts;
  }

  /** Tells of each that its count does not bear out. */
  void check(Consumer<String> wrong) throws IOException {
    walk(
        header.l1Offset(),
        header.l1Size(),
        (table, index, entry) ->
            wrong.accept(
                "the entry 0x%x for 0x%x has a wrong COPIED flag"
                    .formatted(entry, entry & L2Entry.OFFSET)));
  }

  /** Sets each as its count says; returns how many were wrong. */
  long repair() throws IOException {
    return repair(header.l1Offset(), header.l1Size());
  }

  /** The same for an L1 table that is to become the active one. */
  long repair(long l1Offset, long l1Entries) throws IOException {
    long[] mended = {0};
    walk(
        l1Offset,
        l1Entries,
        (table, index, entry) -> {
          table.put(index, entry ^ L2Entry.COPIED);
          mended[0]++;
        });
    return mended[0];
  }

  /** What to do with an entry whose flag is wrong. */
  @FunctionalInterface
  private interface Wrong {
    void at(TableEntries table, long index, long entry) throws IOException;
  }

  private void walk(long place, long entries, Wrong wrong) throws IOException {
    TableEntries l1 = new TableEntries(file, place, entries);
    for (long n = 0; n < l1.count(); n++) {
      long table = l1.get(n) & L2Entry.OFFSET;
      if (table != 0 && usable(table)) {
        compare(l1, n, wrong);
        clusters(table, wrong);
      }
    }
  }

  private void clusters(long place, Wrong wrong) throws IOException {
    int words = header.extendedL2() ? 2 : 1;
    TableEntries l2 = new TableEntries(file, place, (long) words << header.l2Bits());
    for (long n = 0; n < l2.count() && !header.dataFile(); n += words) {
      long entry = l2.get(n);
      boolean cluster = (entry & L2Entry.COMPRESSED) == 0 && (entry & L2Entry.OFFSET) != 0;
      if (cluster && usable(entry & L2Entry.OFFSET)) {
        compare(l2, n, wrong);
      }
    }
  }

  private boolean usable(long place) throws IOException {
    return (place & header.clusterSize() - 1) == 0 && place < file.size();
  }

  private void compare(TableEntries table, long index, Wrong wrong) throws IOException {
    long entry = table.get(index);
    long count = counts.get((entry & L2Entry.OFFSET) >>> header.clusterBits());
    if ((count == 1) != ((entry & L2Entry.COPIED) != 0)) {
      wrong.at(table, index, entry);
    }
  }
}

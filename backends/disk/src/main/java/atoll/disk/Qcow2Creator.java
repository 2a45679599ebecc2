package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** Makes qcow2 images. */
final class Qcow2Creator {
  private final Storage file;
  private final Storage data;
  private final ImageOptions options;

  /**
   * Makes images in an empty file.
   *
   * @param data the file for the data: {@code file} if there is none of its own
   */
  Qcow2Creator(Storage file, Storage data, ImageOptions options) {
    this.file = file;
    this.data = data;
    this.options = options;
  }

  /** Makes one of {@code size} bytes. */
  void create(long size) throws IOException {
    int cluster = options.clusterSize();
    Qcow2HeaderWriter writer = new Qcow2HeaderWriter(options);
    file.write(0, MemorySegment.ofBuffer(writer.header()));
    file.write(cluster, MemorySegment.ofBuffer(firstTable()));
    file.write(2L * cluster, MemorySegment.ofBuffer(firstCounts()));
    Qcow2Header header = Qcow2Header.read(file);
    try (Qcow2Metadata tables = new Qcow2Metadata(file, data, header)) {
      tables.growL1(header.l1Needed(size));
      header.size(size);
      tables.flush();
      allocate(tables, size);
    }
    file.flush();
  }

  /** Of counts, which begin behind it. */
  private ByteBuffer firstTable() {
    return ByteBuffer.allocate(options.clusterSize()).putLong(0, 2L * options.clusterSize());
  }

  /** Of the header, the table of counts, and these. */
  private ByteBuffer firstCounts() {
    ByteBuffer counts = ByteBuffer.allocate(options.clusterSize());
    int order = Integer.numberOfTrailingZeros(options.refcountBits());
    for (int n = 0; n < 3; n++) {
      RefcountBits.put(counts, order < 3 ? n >>> 3 - order : n << order - 3, order, n, 1);
    }
    return counts;
  }

  private void allocate(Qcow2Metadata tables, long size) throws IOException {
    if (options.preallocation() != ImageOptions.Preallocation.OFF) {
      tables.beginChange();
      Preallocator.tables(tables, size, options.preallocation());
    } else if (options.rawData()) {
      data.resize(size);
    }
  }
}

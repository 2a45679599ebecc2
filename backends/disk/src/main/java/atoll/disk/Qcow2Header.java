package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The header of a qcow2 image: what its fields say, checked when it is read, and single fields
 * changed in the file. Names and places are those of QEMU's {@code docs/interop/qcow2.txt}.
 *
 * <p>A field that is changed is written with its neighbours in one write, which lies within one
 * sector, so it is old or new after a power cut.
 */
final class Qcow2Header {
  static final int MAGIC = 0x514649fb; // "QFI\xfb"

  static final long INCOMPATIBLE_DIRTY = 1;
  static final long INCOMPATIBLE_CORRUPT = 1 << 1;
  static final long INCOMPATIBLE_DATA_FILE = 1 << 2;
  static final long INCOMPATIBLE_COMPRESSION = 1 << 3;
  static final long INCOMPATIBLE_EXTENDED_L2 = 1 << 4;
  private static final long INCOMPATIBLE_KNOWN = 0x1f;
  static final long COMPATIBLE_LAZY_REFCOUNTS = 1;
  static final long AUTOCLEAR_BITMAPS = 1;
  static final long AUTOCLEAR_RAW_DATA = 1 << 1;

  static final int EXTENSION_END = 0;
  static final int EXTENSION_BACKING_FORMAT = 0xe2792aca;
  static final int EXTENSION_FEATURE_NAMES = 0x6803f857;
  static final int EXTENSION_BITMAPS = 0x23852875;
  static final int EXTENSION_DATA_FILE = 0x44415441;

  private static final int VERSION = 4;
  private static final int BACKING_OFFSET = 8;
  private static final int BACKING_SIZE = 16;
  private static final int CLUSTER_BITS = 20;
  private static final int SIZE = 24;
  private static final int ENCRYPTION = 32;
  private static final int L1_SIZE = 36;
  private static final int L1_OFFSET = 40;
  private static final int REFTABLE_OFFSET = 48;
  private static final int REFTABLE_CLUSTERS = 56;
  private static final int SNAPSHOTS = 60;
  private static final int SNAPSHOTS_OFFSET = 64;
  private static final int INCOMPATIBLE = 72;
  private static final int COMPATIBLE = 80;
  private static final int AUTOCLEAR = 88;
  private static final int REFCOUNT_ORDER = 96;
  private static final int LENGTH = 100;
  private static final int COMPRESSION = 104;

  static final int LENGTH_V2 = 72;
  static final int LENGTH_V3 = 104;
  private static final int V2_REFCOUNT_ORDER = 4;
  private static final int MIN_CLUSTER_BITS = 9;
  private static final int MAX_CLUSTER_BITS = 21;
  private static final int EXTENDED_MIN_CLUSTER_BITS = 14;
  static final int MAX_BACKING_NAME = 1023;
  private static final int FEATURE_NAME = 48;

  // As QEMU's block/qcow2.h, so that what it opens is opened here.
  private static final long MAX_L1_BYTES = 32 << 20;
  static final long MAX_REFTABLE_BYTES = 8 << 20;
  private static final int MAX_SNAPSHOTS = 65_536;

  private final Storage file;

  /** The first cluster: fixed fields, extensions, name of the backing file. */
  private final ByteBuffer bytes;

  private final List<Extension> extensions = new ArrayList<>();
  private Optional<String> backingFile = Optional.empty();

  /** A header extension. */
  static final class Extension {
    private final int type;
    private final byte[] data;

    Extension(int type, byte[] data) {
      this.type = type;
      this.data = data;
    }

    int type() {
      return type;
    }

    byte[] data() {
      return data;
    }

    String text() {
      return new String(data, StandardCharsets.UTF_8);
    }
  }

  private Qcow2Header(Storage file, ByteBuffer bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  /**
   * Reads and checks it.
   *
   * @throws DamagedImageException if it is not one, or says what cannot be
   * @throws UnsupportedImageException if it asks for what is not known here
   */
  static Qcow2Header read(Storage file) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(LENGTH_V3);
    long there = file.read(0, MemorySegment.ofBuffer(start));
    require(there >= LENGTH_V2 && start.getInt(0) == MAGIC, file, "has no qcow2 header");
    int bits = start.getInt(CLUSTER_BITS);
    int version = start.getInt(VERSION);
    if (version != 2 && version != 3) {
      throw new UnsupportedImageException(file, "is qcow2 version " + version, "version 2 or 3");
    }
    require(
        bits >= MIN_CLUSTER_BITS && bits <= MAX_CLUSTER_BITS,
        file,
        "has clusters of 2^%d bytes, expected 2^%d to 2^%d"
            .formatted(bits, MIN_CLUSTER_BITS, MAX_CLUSTER_BITS));
    ByteBuffer cluster = ByteBuffer.allocate(1 << bits);
    file.read(0, MemorySegment.ofBuffer(cluster));
    Qcow2Header header = new Qcow2Header(file, cluster);
    header.readExtensions();
    header.check();
    return header;
  }

  private static void require(boolean holds, Storage file, String problem) throws IOException {
    if (!holds) {
      throw new DamagedImageException(file, problem);
    }
  }

  private void require(boolean holds, String problem) throws IOException {
    require(holds, file, problem);
  }

  private void readExtensions() throws IOException {
    int length = length();
    require(
        length >= (version() == 2 ? LENGTH_V2 : LENGTH_V3) && length <= clusterSize(),
        "has a header of %d bytes in clusters of %d".formatted(length, clusterSize()));
    backingFile = readBackingFile();
    int end =
        backingFile.isPresent() ? Math.toIntExact(bytes.getLong(BACKING_OFFSET)) : clusterSize();
    for (int at = length; at + 8 <= end; ) {
      int type = bytes.getInt(at);
      long size = bytes.getInt(at + 4) & 0xffff_ffffL;
      if (type == EXTENSION_END) {
        return;
      }
      require(size <= end - at - 8, "has a header extension of %d bytes at %d".formatted(size, at));
      byte[] data = new byte[(int) size];
      bytes.get(at + 8, data);
      extensions.add(new Extension(type, data));
      at += 8 + (int) (size + 7 & ~7L);
    }
  }

  private Optional<String> readBackingFile() throws IOException {
    long at = bytes.getLong(BACKING_OFFSET);
    if (at == 0) {
      return Optional.empty();
    }
    int size = bytes.getInt(BACKING_SIZE);
    require(
        at > 0 && size > 0 && size <= MAX_BACKING_NAME && at <= clusterSize() - size,
        "has the name of its backing file, %d bytes, at %d".formatted(size, at));
    byte[] name = new byte[size];
    bytes.get((int) at, name);
    return Optional.of(new String(name, StandardCharsets.UTF_8));
  }

  private void check() throws IOException {
    checkFeatures();
    int encryption = bytes.getInt(ENCRYPTION);
    if (encryption != 0) {
      String method = encryption == 1 ? "AES" : encryption == 2 ? "LUKS" : "method " + encryption;
      throw new UnsupportedImageException(
          file, "is encrypted (" + method + ")", "an image that qemu-img convert has decrypted");
    }
    require(refcountOrder() <= 6, "has refcounts of 2^%d bits".formatted(refcountOrder()));
    require(
        !extendedL2() || clusterBits() >= EXTENDED_MIN_CLUSTER_BITS,
        "has subclusters in clusters of %d bytes, expected 16 KiB or more"
            .formatted(clusterSize()));
    require(size() >= 0, "has a size of %s bytes".formatted(Long.toUnsignedString(size())));
    checkTables();
  }

  private void checkFeatures() throws IOException {
    long unknown = incompatible() & ~INCOMPATIBLE_KNOWN;
    if (unknown != 0) {
      throw new UnsupportedImageException(
          file, "needs " + featureNames(unknown), "an image that a newer program has converted");
    }
    boolean typed = (incompatible() & INCOMPATIBLE_COMPRESSION) != 0;
    int type = compressionType();
    if (typed && type > 1) {
      throw new UnsupportedImageException(
          file, "has compressed clusters of type " + type, "type 0 (zlib) or 1 (zstd)");
    }
    require(
        typed == (type != 0),
        "has compression type %d, and its feature bit differs".formatted(type));
  }

  /** As the image itself calls them, for those that nobody knew when this was written. */
  private String featureNames(long bits) {
    List<String> names = new ArrayList<>();
    for (long left = bits; left != 0; left &= left - 1) {
      int bit = Long.numberOfTrailingZeros(left);
      names.add(
          featureName(bit).map(name -> "the feature '" + name + "'").orElse("feature bit " + bit));
    }
    return String.join(" and ", names);
  }

  private Optional<String> featureName(int bit) {
    for (Extension table : extensions) {
      for (int at = 0; at + FEATURE_NAME <= table.data.length; at += FEATURE_NAME) {
        if (table.type == EXTENSION_FEATURE_NAMES
            && table.data[at] == 0
            && table.data[at + 1] == bit) {
          String name = new String(table.data, at + 2, FEATURE_NAME - 2, StandardCharsets.US_ASCII);
          return Optional.of(name.replaceAll("[^ -~].*", ""));
        }
      }
    }
    return Optional.empty();
  }

  private void checkTables() throws IOException {
    long l1Bytes = l1Size() * 8;
    require(l1Bytes <= MAX_L1_BYTES, "has an L1 table of %d entries".formatted(l1Size()));
    long needed = l1Needed(size());
    require(
        l1Size() >= needed,
        "has an L1 table of %d entries, expected %d".formatted(l1Size(), needed));
    requireInFile("L1 table", l1Offset(), l1Bytes);
    long reftable = reftableClusters() << clusterBits();
    require(
        reftableClusters() > 0 && reftable <= MAX_REFTABLE_BYTES,
        "has a refcount table of %d clusters".formatted(reftableClusters()));
    requireAligned("refcount table", reftableOffset());
    require(snapshots() <= MAX_SNAPSHOTS, "has %d snapshots".formatted(snapshots()));
    requireAligned("snapshot table", snapshotsOffset());
  }

  private void requireInFile(String name, long at, long length) throws IOException {
    requireAligned(name, at);
    require(
        at <= file.size() - length || length == 0,
        "has its %s, %d bytes, at %d: past the end of the file".formatted(name, length, at));
  }

  private void requireAligned(String name, long at) throws IOException {
    require(at >= 0 && (at & clusterSize() - 1) == 0, "has its %s at 0x%x".formatted(name, at));
  }

  /** Entries of the L1 table for a virtual size. */
  long l1Needed(long size) {
    int shift = clusterBits() + l2Bits();
    return (size >>> shift) + ((size & (1L << shift) - 1) == 0 ? 0 : 1);
  }

  int version() {
    return bytes.getInt(VERSION);
  }

  int clusterBits() {
    return bytes.getInt(CLUSTER_BITS);
  }

  int clusterSize() {
    return 1 << clusterBits();
  }

  /** Bytes that a guest sees. */
  long size() {
    return bytes.getLong(SIZE);
  }

  void size(long value) throws IOException {
    bytes.putLong(SIZE, value);
    write(SIZE, 8);
  }

  long l1Size() {
    return bytes.getInt(L1_SIZE) & 0xffff_ffffL;
  }

  long l1Offset() {
    return bytes.getLong(L1_OFFSET);
  }

  /** Refuses an L1 table that is too large. */
  void requireL1(long entries) throws IOException {
    if (entries * 8 > MAX_L1_BYTES) {
      throw new IOException(
          "disk image %s cannot become so large with clusters of %d bytes"
              .formatted(file.name(), clusterSize()));
    }
  }

  void l1(long offset, long entries) throws IOException {
    bytes.putInt(L1_SIZE, (int) entries);
    bytes.putLong(L1_OFFSET, offset);
    write(L1_SIZE, 12);
  }

  long reftableOffset() {
    return bytes.getLong(REFTABLE_OFFSET);
  }

  long reftableClusters() {
    return bytes.getInt(REFTABLE_CLUSTERS) & 0xffff_ffffL;
  }

  void reftable(long offset, long clusters) throws IOException {
    bytes.putLong(REFTABLE_OFFSET, offset);
    bytes.putInt(REFTABLE_CLUSTERS, (int) clusters);
    write(REFTABLE_OFFSET, 12);
  }

  long snapshots() {
    return bytes.getInt(SNAPSHOTS) & 0xffff_ffffL;
  }

  long snapshotsOffset() {
    return bytes.getLong(SNAPSHOTS_OFFSET);
  }

  void snapshots(long offset, long count) throws IOException {
    bytes.putInt(SNAPSHOTS, (int) count);
    bytes.putLong(SNAPSHOTS_OFFSET, offset);
    write(SNAPSHOTS, 12);
  }

  /** Has another L1 table be the disk's, and gives it the size that goes with it. */
  void disk(long size, long l1Offset, long l1Entries) throws IOException {
    bytes.putLong(SIZE, size);
    bytes.putInt(L1_SIZE, (int) l1Entries);
    bytes.putLong(L1_OFFSET, l1Offset);
    write(SIZE, L1_OFFSET + 8 - SIZE);
  }

  long incompatible() {
    return version() == 2 ? 0 : bytes.getLong(INCOMPATIBLE);
  }

  boolean dirty() {
    return (incompatible() & INCOMPATIBLE_DIRTY) != 0;
  }

  boolean corrupt() {
    return (incompatible() & INCOMPATIBLE_CORRUPT) != 0;
  }

  boolean dataFile() {
    return (incompatible() & INCOMPATIBLE_DATA_FILE) != 0;
  }

  boolean extendedL2() {
    return (incompatible() & INCOMPATIBLE_EXTENDED_L2) != 0;
  }

  void incompatible(long value) throws IOException {
    if (version() > 2) {
      bytes.putLong(INCOMPATIBLE, value);
      write(INCOMPATIBLE, 8);
    }
  }

  boolean lazyRefcounts() {
    return version() > 2 && (bytes.getLong(COMPATIBLE) & COMPATIBLE_LAZY_REFCOUNTS) != 0;
  }

  long autoclear() {
    return version() == 2 ? 0 : bytes.getLong(AUTOCLEAR);
  }

  /** Whether the data file holds the guest's bytes each at its own place. */
  boolean rawData() {
    return dataFile() && (autoclear() & AUTOCLEAR_RAW_DATA) != 0;
  }

  void autoclear(long value) throws IOException {
    bytes.putLong(AUTOCLEAR, value);
    write(AUTOCLEAR, 8);
  }

  int refcountOrder() {
    return version() == 2 ? V2_REFCOUNT_ORDER : bytes.getInt(REFCOUNT_ORDER) & 0xff;
  }

  private int length() {
    return version() == 2 ? LENGTH_V2 : bytes.getInt(LENGTH);
  }

  /** 0: zlib, 1: zstd. */
  int compressionType() {
    return length() > LENGTH_V3 ? bytes.get(COMPRESSION) & 0xff : 0;
  }

  /** An L2 table is one cluster; this is the binary logarithm of its entries. */
  int l2Bits() {
    return clusterBits() - (extendedL2() ? 4 : 3);
  }

  /** As it is written in the image. */
  Optional<String> backingFile() {
    return backingFile;
  }

  /** Of the backing file, if the image names it. */
  Optional<String> backingFormat() {
    return extension(EXTENSION_BACKING_FORMAT).map(Extension::text);
  }

  /**
   * Names another backing file, or none. The whole first cluster is written, in which the names
   * are.
   */
  void backing(Optional<String> name, Optional<DiskFormat> format) throws IOException {
    List<Extension> kept = new ArrayList<>(extensions);
    kept.removeIf(extension -> extension.type == EXTENSION_BACKING_FORMAT);
    format.ifPresent(
        known -> kept.addFirst(Qcow2HeaderWriter.text(EXTENSION_BACKING_FORMAT, known.word())));
    Qcow2HeaderWriter.putNames(bytes, length(), kept, name);
    write(0, clusterSize());
  }

  /** The name of the external data file, if the image has one. */
  Optional<String> dataFileName() {
    return extension(EXTENSION_DATA_FILE).map(Extension::text);
  }

  Optional<Extension> extension(int type) {
    return extensions.stream().filter(extension -> extension.type == type).findFirst();
  }

  private void write(int at, int size) throws IOException {
    file.write(at, MemorySegment.ofBuffer(bytes.slice(at, size)));
  }
}

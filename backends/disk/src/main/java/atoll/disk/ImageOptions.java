package atoll.disk;

import java.util.Optional;

/**
 * What a new image is to be like.
 *
 * @param version of qcow2: 2 or 3
 * @param clusterSize bytes, a power of two
 * @param refcountBits of each count, a power of two
 * @param lazyRefcounts whether counts may be written late
 * @param extendedL2 whether clusters have subclusters
 * @param zstd whether compressed clusters are zstd's, not zlib's
 * @param backingFile as it is to be written into the image
 * @param backingFormat goes with it
 * @param dataFile the file for the data, as it is to be written into the image
 * @param rawData whether that file is to be a raw image at any time
 */
public record ImageOptions(
    DiskFormat format,
    int version,
    int clusterSize,
    int refcountBits,
    boolean lazyRefcounts,
    boolean extendedL2,
    boolean zstd,
    Optional<String> backingFile,
    Optional<DiskFormat> backingFormat,
    Optional<String> dataFile,
    boolean rawData,
    Preallocation preallocation) {
  /** The usual cluster. */
  public static final int CLUSTER_SIZE = 65_536;

  private static final int USUAL_REFCOUNT_BITS = 16;

  /** What of an image is there before it is written. */
  public enum Preallocation {
    /** Nothing. */
    OFF,
    /** The tables of qcow2. */
    METADATA,
    /** All, without zeroes being written. */
    FALLOC,
    /** All, with zeroes. */
    FULL
  }

  public ImageOptions {
    require(version == 2 || version == 3, "compat is 0.10 or 1.1");
    require(
        clusterSize >= 512 && clusterSize <= 2 << 20 && Integer.bitCount(clusterSize) == 1,
        "cluster_size is a power of two from 512 to 2M");
    require(
        refcountBits >= 1 && refcountBits <= 64 && Integer.bitCount(refcountBits) == 1,
        "refcount_bits is a power of two from 1 to 64");
    boolean plain = refcountBits == USUAL_REFCOUNT_BITS && !lazyRefcounts && !extendedL2 && !zstd;
    require(
        version == 3 || plain && dataFile.isEmpty(),
        "compat=0.10 has no lazy_refcounts, extended_l2, zstd, data_file and other refcount_bits than 16");
    require(
        !extendedL2 || clusterSize >= 16 << 10, "extended_l2 needs a cluster_size of 16k or more");
    require(
        backingFile.isPresent() || backingFormat.isEmpty(), "a backing format goes with a file");
    require(!rawData || dataFile.isPresent(), "data_file_raw goes with data_file");
    require(!rawData || backingFile.isEmpty(), "data_file_raw does not go with a backing file");
    require(
        backingFile.isEmpty() || preallocation == Preallocation.OFF,
        "preallocation does not go with a backing file");
    require(format == DiskFormat.QCOW2 || backingFile.isEmpty(), "a raw image has no backing file");
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }

  /** The usual ones. */
  public static ImageOptions usual(DiskFormat format) {
    return new ImageOptions(
        format,
        3,
        CLUSTER_SIZE,
        USUAL_REFCOUNT_BITS,
        false,
        false,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        Preallocation.OFF);
  }

  /** The same over a backing file. */
  public ImageOptions over(String file, DiskFormat itsFormat) {
    return new ImageOptions(
        format,
        version,
        clusterSize,
        refcountBits,
        lazyRefcounts,
        extendedL2,
        zstd,
        Optional.of(file),
        Optional.of(itsFormat),
        dataFile,
        rawData,
        preallocation);
  }
}

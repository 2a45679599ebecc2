package atoll.disk;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an image is.
 *
 * @param size bytes that a guest sees
 * @param diskSize bytes that its file takes on the host, if it is there, and as far as that tells
 * @param backingFile as the image names it
 * @param fullBackingFile the same, from here
 * @param backingFormat as the image names it
 * @param qcow2 what only such an image has
 */
public record ImageInfo(
    DiskLocation file,
    DiskFormat format,
    long size,
    OptionalLong diskSize,
    Optional<String> backingFile,
    Optional<DiskLocation> fullBackingFile,
    Optional<String> backingFormat,
    Optional<Qcow2> qcow2) {

  /**
   * What only a qcow2 image has.
   *
   * @param dataFile as the image names it
   */
  public record Qcow2(
      int version,
      int clusterSize,
      int refcountBits,
      boolean lazyRefcounts,
      boolean extendedL2,
      boolean zstd,
      boolean dirty,
      boolean corrupt,
      Optional<String> dataFile,
      boolean rawData,
      List<Snapshot> snapshots) {
    public Qcow2 {
      snapshots = List.copyOf(snapshots);
    }
  }

  /**
   * An internal snapshot.
   *
   * @param seconds since 1970, and nanoseconds, when it was made
   * @param vmClock nanoseconds that its machine had run
   * @param vmState bytes of the machine's state that it has
   */
  public record Snapshot(
      String id, String name, long seconds, int nanos, long vmClock, long vmState) {}

  /** Looks at an image, which may be in use. */
  static ImageInfo of(DiskLocation image, Optional<DiskFormat> format) throws IOException {
    try (Storage file = Storage.look(image)) {
      return qcow2(image, file, format)
          ? of(image, file, Qcow2Header.read(file))
          : new ImageInfo(
              image,
              DiskFormat.RAW,
              file.size(),
              file.allocated(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty());
    }
  }

  /** What is recognised as another format is refused. */
  private static boolean qcow2(DiskLocation image, Storage file, Optional<DiskFormat> format)
      throws IOException {
    boolean qcow2 = DiskImages.qcow2(image, file, format);
    if (!qcow2 && format.isEmpty() && image.file().isPresent()) {
      RawDisk.requireRaw(image.file().get());
    }
    return qcow2;
  }

  private static ImageInfo of(DiskLocation image, Storage file, Qcow2Header header)
      throws IOException {
    Optional<DiskLocation> full = Optional.empty();
    if (header.backingFile().isPresent()) {
      full = Optional.of(ImageName.read(image, header.backingFile().get()).location());
    }
    return new ImageInfo(
        image,
        DiskFormat.QCOW2,
        header.size(),
        file.allocated(),
        header.backingFile(),
        full,
        header.backingFormat(),
        Optional.of(qcow2(file, header)));
  }

  private static Qcow2 qcow2(Storage file, Qcow2Header header) throws IOException {
    return new Qcow2(
        header.version(),
        header.clusterSize(),
        1 << header.refcountOrder(),
        header.lazyRefcounts(),
        header.extendedL2(),
        header.compressionType() == 1,
        header.dirty(),
        header.corrupt(),
        header.dataFileName(),
        header.rawData(),
        Qcow2Snapshot.read(file, header).snapshots().stream()
            .map(Qcow2Snapshot::description)
            .toList());
  }
}

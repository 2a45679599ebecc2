package atoll.disk;

import atoll.device.spi.BlockBackend;
import atoll.host.HostException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;

/** What can be done with disk images that no VM uses. Each method throws {@link HostException}. */
public final class ImageTool {
  private static final int SECTOR = 512;

  private ImageTool() {}

  /** Something with a file that may fail. */
  @FunctionalInterface
  private interface Work<R> {
    R perform() throws IOException;
  }

  private static <R> R on(Object image, Work<R> work) {
    try {
      return work.perform();
    } catch (IOException e) {
      String reason = HostException.reason(e);
      throw reason.contains(image.toString())
          ? new HostException(reason, e)
          : ImageFile.unusable(image, "cannot be used: " + reason);
    }
  }

  /**
   * Makes an image, in place of a file that is there.
   *
   * @param size bytes, rounded up to whole sectors; otherwise that of the backing file
   * @return its size
   */
  public static long create(Path image, OptionalLong size, ImageOptions options) {
    return on(
        image,
        () -> {
          long bytes = size.isPresent() ? size.getAsLong() : backingSize(image, options);
          long whole = Math.ceilDiv(bytes, SECTOR) * SECTOR;
          make(image, whole, options);
          return whole;
        });
  }

  private static long backingSize(Path image, ImageOptions options) throws IOException {
    if (options.backingFile().isEmpty()) {
      throw ImageFile.unusable(image, "needs a size, such as 10G");
    }
    ImageName backing = ImageName.read(DiskLocation.of(image), options.backingFile().get());
    Optional<DiskFormat> format = options.backingFormat().or(backing::format);
    try (BlockBackend disk = DiskImages.open(backing.location(), format, true)) {
      return disk.size();
    }
  }

  private static void make(Path image, long size, ImageOptions options) throws IOException {
    try (ImageFile file = fresh(image)) {
      if (options.format() == DiskFormat.RAW) {
        Preallocator.room(file, 0, size, options.preallocation());
        file.resize(size);
        return;
      }
      if (options.dataFile().isEmpty()) {
        new Qcow2Creator(file, file, options).create(size);
        return;
      }
      try (ImageFile data =
          fresh(ImageName.file(DiskLocation.of(image), options.dataFile().get()))) {
        new Qcow2Creator(file, data, options).create(size);
      }
    }
  }

  /** An empty file that nobody else uses. */
  private static ImageFile fresh(Path path) throws IOException {
    if (Files.exists(path)) {
      ImageFile.requireReadable(path);
    } else {
      FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    }
    ImageFile file = ImageFile.open(path, false);
    if (Files.isRegularFile(path)) {
      file.resize(0);
    }
    return file;
  }

  /** What an image is. */
  public static ImageInfo describe(DiskLocation image, Optional<DiskFormat> format) {
    return on(image, () -> ImageInfo.of(image, format));
  }

  /**
   * Copies what an image's disk has into a new image, without its zeroes, or into an export that is
   * there.
   *
   * @param compressed whether clusters are packed
   * @param progress told of it
   */
  public static void convert(
      DiskLocation from,
      Optional<DiskFormat> format,
      DiskLocation to,
      ImageOptions options,
      boolean compressed,
      CopyProgress progress) {
    if (same(from, to)) {
      throw ImageFile.unusable(to, "is what is to be converted; give another file");
    }
    if (compressed && (options.format() == DiskFormat.RAW || options.dataFile().isPresent())) {
      throw ImageFile.unusable(
          to, "cannot have compressed clusters; give -O qcow2, without a data file");
    }
    try (BlockBackend source = DiskImages.open(from, format, true)) {
      if (to.file().isPresent()) {
        create(to.file().get(), OptionalLong.of(source.size()), options);
      } else if (options.format() != DiskFormat.RAW) {
        throw ImageFile.unusable(to, "can only have raw bytes written to it; give -O raw");
      }
      try (BlockBackend target = DiskImages.open(to, Optional.of(options.format()), false)) {
        requireRoom(to, source, target);
        new DiskCopy(source, target, to.file().isPresent()).run(compressed, progress);
      }
    } catch (IOException e) {
      throw new HostException(
          "%s could not be converted into %s: %s; check the space there"
              .formatted(from, to, HostException.reason(e)),
          e);
    }
  }

  /** The size of an export is what it is. */
  private static void requireRoom(DiskLocation to, BlockBackend source, BlockBackend target) {
    if (target.size() < source.size()) {
      throw ImageFile.unusable(
          to, "has %d bytes, expected %d or more".formatted(target.size(), source.size()));
    }
  }

  private static boolean same(DiskLocation one, DiskLocation other) {
    if (one.file().isEmpty() || other.file().isEmpty()) {
      return one.toString().equals(other.toString());
    }
    try {
      return Files.exists(other.file().get())
          && Files.isSameFile(one.file().get(), other.file().get());
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Gives an image another size.
   *
   * @param shrink whether it may become smaller, which cuts off what is there
   */
  public static void resize(Path image, Optional<DiskFormat> format, long size, boolean shrink) {
    if (size <= 0 || size % SECTOR != 0) {
      throw ImageFile.unusable(
          image, "cannot have %d bytes; expected a multiple of %d".formatted(size, SECTOR));
    }
    try (BlockBackend disk = DiskImages.open(image, format, false)) {
      if (size < disk.size() && !shrink) {
        throw ImageFile.unusable(
            image,
            "has %d bytes; what is behind %d would be lost; if it may be, give --shrink"
                .formatted(disk.size(), size));
      }
      resize(disk, size);
      disk.flush();
    } catch (IOException e) {
      throw ImageFile.unusable(image, "cannot be resized: " + HostException.reason(e));
    }
  }

  /** Gives an open image another size. */
  static void resize(BlockBackend disk, long size) throws IOException {
    switch (disk) {
      case Qcow2Disk qcow2 -> qcow2.resize(size);
      case RawDisk raw -> raw.resize(size);
      default -> throw new IOException("its size is fixed");
    }
  }

  /**
   * Where the bytes of an image's disk come from.
   *
   * @param from the first byte
   * @param until the one behind the last
   * @param most runs to tell of
   */
  public static DiskMap map(
      DiskLocation image, Optional<DiskFormat> format, long from, long until, int most) {
    return on(
        image,
        () -> {
          try (BlockBackend disk = DiskImages.open(image, format, true)) {
            return DiskMap.of(disk, from, until, most);
          }
        });
  }

  /** What is done with an internal snapshot. */
  public enum SnapshotChange {
    /** It is made of what the disk is now. */
    CREATE,
    /** The disk becomes as it was then. */
    APPLY,
    /** It is forgotten. */
    DELETE
  }

  /**
   * Changes the internal snapshots of an image.
   *
   * @param name its name, or its number unless it is made
   * @param epochNanos the time, in nanoseconds since 1970
   */
  public static void snapshot(Path image, SnapshotChange change, String name, long epochNanos) {
    RawDisk.requireAccess(image, false);
    if (DiskImages.detect(image) == DiskFormat.RAW) {
      throw ImageFile.unusable(
          image, "is raw, and only qcow2 images have snapshots; make an overlay over it instead");
    }
    on(
        image,
        () -> {
          ImageFile file = ImageFile.open(image, false);
          boolean opened = false;
          try (Qcow2Snapshots snapshots = new Qcow2Snapshots(file)) {
            opened = true;
            switch (change) {
              case CREATE -> snapshots.create(name, epochNanos);
              case APPLY -> snapshots.apply(name);
              case DELETE -> snapshots.delete(name);
            }
          } finally {
            if (!opened) {
              ImageFile.closeQuietly(file);
            }
          }
          return null;
        });
  }

  /** What a check is to mend. */
  public enum Repair {
    NOTHING,
    LEAKS,
    ALL
  }

  /**
   * Looks whether an image's counts agree with what its tables refer to.
   *
   * @return nothing for a format that has no counts
   */
  public static Optional<CheckReport> check(
      DiskLocation image, Optional<DiskFormat> format, Repair repair) {
    boolean readOnly = repair == Repair.NOTHING;
    image.file().ifPresent(path -> RawDisk.requireAccess(path, readOnly));
    return on(
        image,
        () -> {
          try (Storage file = Storage.open(image, readOnly, text -> {})) {
            return DiskImages.qcow2(image, file, format)
                ? Optional.of(Qcow2Repair.check(file, repair))
                : Optional.empty();
          }
        });
  }

  /**
   * Writes what an image has into its backing file, and empties the image.
   *
   * @param keep whether the image is left as it is
   */
  public static void commit(Path image, boolean keep, CopyProgress progress) {
    on(
        image,
        () -> {
          new BackingCommit(image).run(keep, progress);
          return null;
        });
  }

  /**
   * Gives an image another backing file, or none.
   *
   * @param backing as it is to be written into the image; empty for none
   * @param unsafe only changes the name: the new file has the same content as the old one
   */
  public static void rebase(
      Path image,
      Optional<String> backing,
      Optional<DiskFormat> format,
      boolean unsafe,
      CopyProgress progress) {
    on(
        image,
        () -> {
          new BackingChange(image, backing, format).run(unsafe, progress);
          return null;
        });
  }
}

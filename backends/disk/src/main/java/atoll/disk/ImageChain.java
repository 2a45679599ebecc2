package atoll.disk;

import atoll.device.spi.BlockBackend;
import atoll.host.HostException;
import atoll.nbd.NbdAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A qcow2 image and the images behind it, each the backing file of the one before. Used once.
 *
 * <p>What an image names is relative to the folder that the image is in. Images behind the first
 * are only read, and locked so that nobody writes them.
 */
final class ImageChain {
  private static final int MOST = 256;

  private final List<DiskLocation> images = new ArrayList<>();
  private final Consumer<String> notices;

  /**
   * @param notices told if a server of them is gone, and when it is back
   */
  ImageChain(Consumer<String> notices) {
    this.notices = notices;
  }

  /**
   * Opens a qcow2 image with all that is behind it.
   *
   * @throws HostException if one of them cannot be used; the message says what to do
   */
  BlockBackend open(DiskLocation image, boolean readOnly) {
    enter(image);
    return over(image, Storage.open(image, readOnly, notices), readOnly);
  }

  /** The same, for an image whose bytes are open; closes them if that fails. */
  BlockBackend open(DiskLocation image, Storage file, boolean readOnly) {
    enter(image);
    return over(image, file, readOnly);
  }

  private BlockBackend over(DiskLocation image, Storage file, boolean readOnly) {
    Storage data = file;
    Optional<BlockBackend> backing = Optional.empty();
    boolean opened = false;
    try {
      Qcow2Header header = header(file, readOnly);
      data = data(image, file, header, readOnly);
      Optional<ImageName> behind = backing(image, header);
      if (behind.isPresent()) {
        backing = Optional.of(openBehind(behind.get()));
      }
      if (!readOnly && header.dirty()) {
        Qcow2Repair.counts(file, header);
      }
      Qcow2Metadata tables = new Qcow2Metadata(file, data, header);
      BlockBackend disk = new Qcow2Disk(tables, backing, readOnly, DiskImages.serial(image));
      opened = true;
      return disk;
    } catch (IOException e) {
      throw refused(image, e);
    } finally {
      if (!opened) {
        backing.ifPresent(ImageFile::closeQuietly);
        ImageFile.closeQuietly(data);
        ImageFile.closeQuietly(file);
      }
    }
  }

  /** What a qcow2 image says of its backing file. */
  static Optional<ImageName> behind(DiskLocation image) throws IOException {
    try (Storage file = Storage.look(image)) {
      return backing(image, Qcow2Header.read(file));
    }
  }

  /** Opens an image to write it, without what is behind it: that reads as zeroes. */
  static Qcow2Disk openAlone(DiskLocation image) throws IOException {
    Storage file = Storage.open(image, false, text -> {});
    boolean opened = false;
    try {
      Qcow2Header header = header(file, false);
      if (header.dirty()) {
        Qcow2Repair.counts(file, header);
      }
      Storage data = data(image, file, header, false);
      opened = true;
      return new Qcow2Disk(
          new Qcow2Metadata(file, data, header), Optional.empty(), false, DiskImages.serial(image));
    } finally {
      if (!opened) {
        ImageFile.closeQuietly(file);
      }
    }
  }

  /** Looks at the headers of an image and of all behind it; asks for no lock, and no server. */
  void inspect(DiskLocation image, boolean readOnly) {
    enter(image);
    Optional<ImageName> behind;
    try (Storage file = Storage.look(image)) {
      Qcow2Header header = header(file, readOnly);
      if (header.dataFile()) {
        RawDisk.requireAccess(dataPath(image, header), readOnly);
      }
      behind = backing(image, header);
    } catch (IOException e) {
      throw refused(image, e);
    }
    behind.ifPresent(this::inspectBehind);
  }

  private void inspectBehind(ImageName behind) {
    switch (behind.location()) {
      case DiskLocation.InFile(Path path) -> {
        ImageFile.requireReadable(path);
        if (behind.format().orElseGet(() -> DiskImages.detect(path)) == DiskFormat.QCOW2) {
          inspect(behind.location(), true);
        }
      }
      case DiskLocation.AtServer(NbdAddress address) -> NbdStorage.inspect(address);
    }
  }

  /** A raw one may end anywhere. */
  private BlockBackend openBehind(ImageName behind) throws IOException {
    DiskLocation image = behind.location();
    image.file().ifPresent(ImageFile::requireReadable);
    enter(image);
    Storage file = Storage.open(image, true, notices);
    boolean opened = false;
    try {
      BlockBackend disk =
          DiskImages.qcow2(image, file, behind.format())
              ? over(image, file, true)
              : new RawDisk(image, file, true, false);
      opened = true;
      return disk;
    } finally {
      if (!opened) {
        ImageFile.closeQuietly(file);
      }
    }
  }

  /** Refuses a chain that comes back to an image, by whatever name, or has no end. */
  private void enter(DiskLocation image) {
    for (DiskLocation before : images) {
      if (same(before, image)) {
        throw ImageFile.unusable(
            images.getFirst(),
            "is its own backing file, by way of %s; give one of them another: atoll disk rebase"
                .formatted(image));
      }
    }
    if (images.size() == MOST) {
      throw ImageFile.unusable(
          images.getFirst(), "has more than %d images behind it; commit some".formatted(MOST));
    }
    images.add(image);
  }

  private static boolean same(DiskLocation one, DiskLocation other) {
    if (one.file().isEmpty() || other.file().isEmpty()) {
      return one.toString().equals(other.toString());
    }
    try {
      return Files.isSameFile(one.file().get(), other.file().get());
    } catch (IOException e) {
      return false; // One of them is not there, which is found next.
    }
  }

  private static Qcow2Header header(Storage file, boolean readOnly) throws IOException {
    Qcow2Header header = Qcow2Header.read(file);
    if (!readOnly && header.corrupt()) {
      throw new DamagedImageException(
          file,
          "is marked as corrupt; repair a copy of it: atoll disk check -r all %s, or use it read-only"
              .formatted(file.name()));
    }
    return header;
  }

  private static Storage data(
      DiskLocation image, Storage file, Qcow2Header header, boolean readOnly) throws IOException {
    return header.dataFile() ? ImageFile.open(dataPath(image, header), readOnly) : file;
  }

  private static Path dataPath(DiskLocation image, Qcow2Header header) throws IOException {
    String name =
        header
            .dataFileName()
            .orElseThrow(() ->
                new IOException(
                    "disk image %s has an external data file, but does not name it"
                        .formatted(image)));
    return ImageName.file(image, name);
  }

  private static Optional<ImageName> backing(DiskLocation image, Qcow2Header header)
      throws IOException {
    if (header.backingFile().isEmpty()) {
      return Optional.empty();
    }
    ImageName name = ImageName.read(image, header.backingFile().get());
    if (header.backingFormat().isEmpty()) {
      return Optional.of(name);
    }
    DiskFormat format = ImageName.format(name.location(), header.backingFormat().get());
    return Optional.of(new ImageName(name.location(), Optional.of(format)));
  }

  private static HostException refused(DiskLocation image, IOException problem) {
    String message = HostException.reason(problem);
    boolean named = message.contains(image.toString());
    HostException said =
        named ? new HostException(message, problem) : ImageFile.unusable(image, message);
    return said;
  }
}

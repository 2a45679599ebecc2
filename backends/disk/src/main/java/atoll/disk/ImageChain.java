package atoll.disk;

import atoll.device.spi.BlockBackend;
import atoll.host.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A qcow2 image and the images behind it, each the backing file of the one before. Used once.
 *
 * <p>What an image names is relative to the folder that the image is in. Images behind the first
 * are only read, and locked so that nobody writes them.
 */
final class ImageChain {
  private static final int MOST = 256;

  private final List<Path> images = new ArrayList<>();

  /** An image's file and its header, or a raw one's file. */
  private record Link(Path path, Optional<DiskFormat> format) {}

  /**
   * Opens a qcow2 image with all that is behind it.
   *
   * @throws HostException if one of them cannot be used; the message says what to do
   */
  BlockBackend open(Path path, boolean readOnly) {
    enter(path);
    ImageFile file = ImageFile.open(path, readOnly);
    Storage data = file;
    Optional<BlockBackend> backing = Optional.empty();
    boolean opened = false;
    try {
      Qcow2Header header = header(file, readOnly);
      data = data(file, header, readOnly);
      Optional<Link> link = backing(path, header);
      if (link.isPresent()) {
        backing = Optional.of(openBehind(link.get()));
      }
      if (!readOnly && header.dirty()) {
        Qcow2Repair.counts(file, header);
      }
      Qcow2Metadata tables = new Qcow2Metadata(file, data, header);
      BlockBackend disk = new Qcow2Disk(tables, backing, readOnly, DiskImages.serial(path));
      opened = true;
      return disk;
    } catch (IOException e) {
      throw refused(path, e);
    } finally {
      if (!opened) {
        backing.ifPresent(ImageFile::closeQuietly);
        ImageFile.closeQuietly(data);
        ImageFile.closeQuietly(file);
      }
    }
  }

  /**
   * What an image says of its backing file.
   *
   * @param path none if it has none
   */
  record Behind(Optional<Path> path, Optional<DiskFormat> format) {}

  /** What a qcow2 image says of its backing file. */
  static Behind behind(Path image) throws IOException {
    try (ImageFile file = ImageFile.look(image)) {
      Optional<Link> link = backing(image, Qcow2Header.read(file));
      return new Behind(link.map(Link::path), link.flatMap(Link::format));
    }
  }

  /** Opens an image to write it, without what is behind it: that reads as zeroes. */
  static Qcow2Disk openAlone(Path path) throws IOException {
    ImageFile file = ImageFile.open(path, false);
    boolean opened = false;
    try {
      Qcow2Header header = header(file, false);
      if (header.dirty()) {
        Qcow2Repair.counts(file, header);
      }
      Storage data = data(file, header, false);
      opened = true;
      return new Qcow2Disk(
          new Qcow2Metadata(file, data, header), Optional.empty(), false, DiskImages.serial(path));
    } finally {
      if (!opened) {
        ImageFile.closeQuietly(file);
      }
    }
  }

  /** Looks at the headers of an image and of all behind it; asks for no lock. */
  void inspect(Path path, boolean readOnly) {
    enter(path);
    Optional<Link> link;
    try (ImageFile file = ImageFile.look(path)) {
      Qcow2Header header = header(file, readOnly);
      if (header.dataFile()) {
        RawDisk.requireAccess(dataPath(path, header), readOnly);
      }
      link = backing(path, header);
    } catch (IOException e) {
      throw refused(path, e);
    }
    link.ifPresent(this::inspectBehind);
  }

  private void inspectBehind(Link link) {
    ImageFile.requireReadable(link.path);
    if (link.format.orElseGet(() -> DiskImages.detect(link.path)) == DiskFormat.QCOW2) {
      inspect(link.path, true);
    }
  }

  private BlockBackend openBehind(Link link) {
    ImageFile.requireReadable(link.path);
    return switch (link.format.orElseGet(() -> DiskImages.detect(link.path))) {
      case QCOW2 -> open(link.path, true);
      case RAW -> RawDisk.openBacking(link.path);
    };
  }

  /** Refuses a chain that comes back to an image, by whatever name, or has no end. */
  private void enter(Path path) {
    for (Path before : images) {
      if (same(before, path)) {
        throw ImageFile.unusable(
            images.getFirst(),
            "is its own backing file, by way of %s; give one of them another: atoll disk rebase"
                .formatted(path));
      }
    }
    if (images.size() == MOST) {
      throw ImageFile.unusable(
          images.getFirst(), "has more than %d images behind it; commit some".formatted(MOST));
    }
    images.add(path);
  }

  private static boolean same(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
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

  private static Storage data(ImageFile file, Qcow2Header header, boolean readOnly)
      throws IOException {
    return header.dataFile() ? ImageFile.open(dataPath(file.path(), header), readOnly) : file;
  }

  private static Path dataPath(Path image, Qcow2Header header) throws IOException {
    String name =
        header
            .dataFileName()
            .orElseThrow(() ->
                new IOException(
                    "disk image %s has an external data file, but does not name it"
                        .formatted(image)));
    return ImageName.resolve(image, name);
  }

  private static Optional<Link> backing(Path image, Qcow2Header header) throws IOException {
    if (header.backingFile().isEmpty()) {
      return Optional.empty();
    }
    Path path = ImageName.resolve(image, header.backingFile().get());
    Optional<DiskFormat> format = Optional.empty();
    if (header.backingFormat().isPresent()) {
      format = Optional.of(ImageName.format(path, header.backingFormat().get()));
    }
    return Optional.of(new Link(path, format));
  }

  private HostException refused(Path path, IOException problem) {
    String message = HostException.reason(problem);
    boolean named = message.contains(path.toString());
    HostException said =
        named ? new HostException(message, problem) : ImageFile.unusable(path, message);
    return said;
  }
}

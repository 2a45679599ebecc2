package atoll.image;

import atoll.disk.DiskFormat;
import atoll.disk.DiskImages;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.host.HostException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The disks that a user works on: one for each image, with all that is needed to boot it, so that
 * it outlives the image in the cache. A folder has the name of an image only when it is whole.
 *
 * <p>A disk has what differs from its image, which is beside it by a second name of the same file:
 * this takes no room, and stays when the first name goes or becomes another image's.
 */
public final class UserDisks {
  private static final String UNFINISHED = ".new-";
  private static final String DISK = "disk.qcow2";
  private static final String BASE = "base.img";
  private static final String VARIABLES = "vars.fd";

  private final Path folder;
  private final Progress progress;

  /**
   * @param data the user's data folder
   */
  public UserDisks(Path data, Progress progress) {
    folder = data.resolve("disks");
    this.progress = progress;
  }

  /** Whether there is a disk of that image. */
  public boolean present(String image) {
    return Recipe.NAME.matcher(image).matches() && Files.exists(file(place(image)));
  }

  /**
   * The disk of an image.
   *
   * @param fresh whether a new one takes its place
   * @param from the image, if it is there
   * @throws RefusedException if there is neither, the disk that is to go is in use, or what it is
   *     over is missing
   */
  public UserDisk open(String image, boolean fresh, Optional<ImageFiles> from) {
    if (present(image) && !fresh) {
      return whole(image);
    }
    ImageFiles source =
        from.orElseThrow(() ->
            new RefusedException(
                "there is no image '%s'; make it with: atoll image build RECIPE.yaml"
                    .formatted(image)));
    try {
      Files.createDirectories(folder);
      try (CacheLock lock = CacheLock.acquire(folder, progress)) {
        assert lock.held();
        return present(image) && !fresh ? whole(image) : make(image, source);
      }
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private UserDisk whole(String image) {
    UserDisk disk = disk(place(image), false);
    Path base = place(image).resolve(BASE);
    if (disk.disk().endsWith(DISK) && !Files.exists(base)) {
      throw new RefusedException(
          "the disk of '%s' has only what differs from %s, which is gone; put that back, or begin with the image again: --fresh (what is on the disk is lost)"
              .formatted(image, base));
    }
    return disk;
  }

  private UserDisk make(String image, ImageFiles source) throws IOException {
    Path work = folder.resolve(UNFINISHED + image);
    if (Files.exists(work)) { // of a start that was interrupted
      Trees.delete(work);
    }
    Files.createDirectory(work);
    keep(image, source.disk(), work.resolve(BASE));
    long ignored =
        ImageTool.create(
            work.resolve(DISK),
            OptionalLong.empty(),
            ImageOptions.usual(DiskFormat.QCOW2).over(BASE, DiskFormat.RAW));
    for (Path other : source.others()) {
      Files.copy(other, work.resolve(other.getFileName()));
    }
    Files.copy(source.folder().resolve(ImageManifest.FILE), work.resolve(ImageManifest.FILE));
    if (Files.exists(place(image))) {
      discard(image);
    }
    Files.move(work, place(image), StandardCopyOption.ATOMIC_MOVE);
    return disk(place(image), true);
  }

  /** Gives the image a second name; only if that cannot be, on other file systems, it is copied. */
  private void keep(String image, Path disk, Path base) throws IOException {
    try {
      Files.createLink(base, disk);
    } catch (IOException | UnsupportedOperationException e) {
      progress.begin("copying the image " + image, SparseFile.allocated(disk));
      try {
        SparseFile.copy(disk, base, progress);
      } finally {
        progress.end();
      }
    }
    if (!base.toFile().setReadOnly()) {
      throw new IOException(base + " cannot be made read-only");
    }
  }

  /** The disk in a folder; those of older versions are raw, and stand for themselves. */
  private static Path file(Path place) {
    Path raw = place.resolve(ImageManifest.DISK);
    return Files.exists(raw) ? raw : place.resolve(DISK);
  }

  private static UserDisk disk(Path place, boolean made) {
    return new UserDisk(
        file(place),
        place.resolve(ImageManifest.KERNEL),
        place.resolve(ImageManifest.INITRAMFS),
        place.resolve(VARIABLES),
        made);
  }

  /** Removes a disk with all that is on it; returns how many bytes that gives back. */
  public long remove(String image) {
    try (CacheLock lock = CacheLock.acquire(folder, progress)) {
      assert lock.held();
      long bytes = SparseFile.allocated(file(place(image)));
      discard(image);
      return bytes;
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  /** A machine that runs has a lock on its disk. */
  private void discard(String image) throws IOException {
    Path disk = file(place(image));
    Closeable held = Files.exists(disk) ? hold(disk) : () -> {};
    try (held) {
      Path hidden = folder.resolve(".old-" + image);
      if (Files.exists(hidden)) {
        Trees.delete(hidden);
      }
      Files.move(place(image), hidden, StandardCopyOption.ATOMIC_MOVE);
      Trees.delete(hidden);
    }
  }

  private static Closeable hold(Path disk) {
    try {
      return DiskImages.hold(disk);
    } catch (HostException e) {
      throw new RefusedException(
          "the disk %s is in use by a VM; stop that one first".formatted(disk), e);
    }
  }

  private Path place(String image) {
    return folder.resolve(image);
  }

  private RefusedException unusable(IOException e) {
    return new RefusedException(
        "cannot use the folder of disks %s (%s); repair it, or choose another with XDG_DATA_HOME"
            .formatted(folder, HostException.reason(e)),
        e);
  }
}

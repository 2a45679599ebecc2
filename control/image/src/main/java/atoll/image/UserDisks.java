package atoll.image;

import atoll.disk.DiskImages;
import atoll.host.HostException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The disks that a user works on: one for each image, with all that is needed to boot it, so that
 * it outlives the image in the cache. A folder has the name of an image only when it is whole.
 */
public final class UserDisks {
  private static final String UNFINISHED = ".new-";

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
    return Recipe.NAME.matcher(image).matches()
        && Files.exists(place(image).resolve(ImageManifest.DISK));
  }

  /**
   * The disk of an image.
   *
   * @param fresh whether a new one takes its place
   * @param from the image, if it is there
   * @throws RefusedException if there is neither, or the disk that is to go is in use
   */
  public UserDisk open(String image, boolean fresh, Optional<ImageFiles> from) {
    if (present(image) && !fresh) {
      return disk(place(image), false);
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
        return present(image) && !fresh ? disk(place(image), false) : make(image, source);
      }
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private UserDisk make(String image, ImageFiles source) throws IOException {
    Path work = folder.resolve(UNFINISHED + image);
    if (Files.exists(work)) { // of a start that was interrupted
      Trees.delete(work);
    }
    Files.createDirectory(work);
    progress.begin("copying the image " + image, SparseFile.allocated(source.disk()));
    try {
      SparseFile.copy(source.disk(), work.resolve(ImageManifest.DISK), progress);
    } finally {
      progress.end();
    }
    Files.copy(source.kernel(), work.resolve(ImageManifest.KERNEL));
    Files.copy(source.initramfs(), work.resolve(ImageManifest.INITRAMFS));
    Files.copy(source.folder().resolve(ImageManifest.FILE), work.resolve(ImageManifest.FILE));
    if (Files.exists(place(image))) {
      discard(image);
    }
    Files.move(work, place(image), StandardCopyOption.ATOMIC_MOVE);
    return disk(place(image), true);
  }

  private static UserDisk disk(Path place, boolean made) {
    return new UserDisk(
        place.resolve(ImageManifest.DISK),
        place.resolve(ImageManifest.KERNEL),
        place.resolve(ImageManifest.INITRAMFS),
        made);
  }

  /** Removes a disk with all that is on it; returns how many bytes that gives back. */
  public long remove(String image) {
    try (CacheLock lock = CacheLock.acquire(folder, progress)) {
      assert lock.held();
      long bytes = SparseFile.allocated(place(image).resolve(ImageManifest.DISK));
      discard(image);
      return bytes;
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  /** A machine that runs has a lock on its disk. */
  private void discard(String image) throws IOException {
    Path disk = place(image).resolve(ImageManifest.DISK);
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

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
 * The disks that a user works on, each with all that is needed to boot it, so that it outlives its
 * image in the cache: one for each image that is run, or one for each machine of a scenario that
 * starts from an image. A folder has the name of a disk only when it is whole.
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

  private UserDisks(Path folder, Progress progress) {
    this.folder = folder;
    this.progress = progress;
  }

  /**
   * Those of images that are run, by the images' names.
   *
   * @param data the user's data folder
   */
  public static UserDisks ofImages(Path data, Progress progress) {
    return new UserDisks(data.resolve("disks"), progress);
  }

  /**
   * Those of a scenario's machines, by the machines' names.
   *
   * @param data the user's data folder
   * @param system the scenario, such that no other one has the same
   */
  public static UserDisks ofSystem(Path data, String system, Progress progress) {
    return new UserDisks(data.resolve("systems").resolve(system), progress);
  }

  /** Whether there is a disk of that name. */
  public boolean present(String name) {
    return Recipe.NAME.matcher(name).matches() && Files.exists(file(place(name)));
  }

  /** Where the disk of that name is, if it is there, with all that belongs to it. */
  public Path folder(String name) {
    return place(name);
  }

  /** A disk that is there and can be used, with what it is booted by. */
  public Optional<UserDisk> find(String name, String image) {
    return present(name) && obstacle(name, image).isEmpty()
        ? Optional.of(disk(place(name), false))
        : Optional.empty();
  }

  /** Why a disk that is there cannot be used as that of an image; nothing if it can or is not. */
  public Optional<String> obstacle(String name, String image) {
    if (!present(name)) {
      return Optional.empty();
    }
    String of =
        ImageManifest.read(place(name).resolve(ImageManifest.FILE))
            .map(ImageManifest::name)
            .orElse(image);
    if (!of.equals(image)) {
      return Optional.of(
          "the disk of '%s' was made from the image %s, and not from %s; name that one, or begin again with this one: --fresh (what is on the disk is lost)"
              .formatted(name, of, image));
    }
    Path base = place(name).resolve(BASE);
    return file(place(name)).endsWith(DISK) && !Files.exists(base)
        ? Optional.of(
            "the disk of '%s' has only what differs from %s, which is gone; put that back, or begin with the image again: --fresh (what is on the disk is lost)"
                .formatted(name, base))
        : Optional.empty();
  }

  /**
   * The disk of an image that is run.
   *
   * @param fresh whether a new one takes its place
   * @param from the image, if it is there
   * @throws RefusedException if there is neither, the disk that is to go is in use, or what it is
   *     over is missing
   */
  public UserDisk open(String image, boolean fresh, Optional<ImageFiles> from) {
    return open(image, image, fresh, from);
  }

  /**
   * A disk, made if it is not there.
   *
   * @param image what it is, or will be, made from
   */
  public UserDisk open(String name, String image, boolean fresh, Optional<ImageFiles> from) {
    if (present(name) && !fresh) {
      return whole(name, image);
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
        return present(name) && !fresh ? whole(name, image) : make(name, source);
      }
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private UserDisk whole(String name, String image) {
    obstacle(name, image)
        .ifPresent(why -> {
          throw new RefusedException(why);
        });
    return disk(place(name), false);
  }

  private UserDisk make(String name, ImageFiles source) throws IOException {
    Path work = folder.resolve(UNFINISHED + name);
    if (Files.exists(work)) { // of a start that was interrupted
      Trees.delete(work);
    }
    Files.createDirectory(work);
    keep(name, source.disk(), work.resolve(BASE));
    long ignored =
        ImageTool.create(
            work.resolve(DISK),
            OptionalLong.empty(),
            ImageOptions.usual(DiskFormat.QCOW2).over(BASE, DiskFormat.RAW));
    for (Path other : source.others()) {
      Files.copy(other, work.resolve(other.getFileName()));
    }
    Files.copy(source.folder().resolve(ImageManifest.FILE), work.resolve(ImageManifest.FILE));
    if (Files.exists(place(name))) {
      discard(name);
    }
    Files.move(work, place(name), StandardCopyOption.ATOMIC_MOVE);
    return disk(place(name), true);
  }

  /** Gives the image a second name; only if that cannot be, on other file systems, it is copied. */
  private void keep(String name, Path disk, Path base) throws IOException {
    try {
      Files.createLink(base, disk);
    } catch (IOException | UnsupportedOperationException e) {
      progress.begin("copying the image for " + name, SparseFile.allocated(disk));
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
  public long remove(String name) {
    try (CacheLock lock = CacheLock.acquire(folder, progress)) {
      assert lock.held();
      long bytes = SparseFile.allocated(file(place(name)));
      discard(name);
      return bytes;
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  /** A machine that runs has a lock on its disk. */
  private void discard(String name) throws IOException {
    Path disk = file(place(name));
    Closeable held = Files.exists(disk) ? hold(disk) : () -> {};
    try (held) {
      Path hidden = folder.resolve(".old-" + name);
      if (Files.exists(hidden)) {
        Trees.delete(hidden);
      }
      Files.move(place(name), hidden, StandardCopyOption.ATOMIC_MOVE);
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

  private Path place(String name) {
    return folder.resolve(name);
  }

  private RefusedException unusable(IOException e) {
    return new RefusedException(
        "cannot use the folder of disks %s (%s); repair it, or choose another with XDG_DATA_HOME"
            .formatted(folder, HostException.reason(e)),
        e);
  }
}

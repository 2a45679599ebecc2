package atoll.image;

import atoll.host.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The images that have been made, each in a folder of its own in the user's cache. A folder has a
 * name of an image only when it is whole: it is made under another name, and renamed.
 */
public final class ImageStore {
  private static final String UNFINISHED = ".new";

  private final Path folder;
  private final Progress progress;

  /**
   * @param cache the user's cache folder
   */
  public ImageStore(Path cache, Progress progress) {
    folder = cache.resolve("images");
    this.progress = progress;
  }

  /** All images, by name, and the latest of each name first. */
  public List<ImageFiles> list() {
    List<ImageFiles> images = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> folders = Files.list(folder)) {
        folders
            .filter(each -> !each.getFileName().toString().startsWith("."))
            .forEach(each ->
                ImageManifest.read(each.resolve(ImageManifest.FILE))
                    .ifPresent(manifest -> images.add(new ImageFiles(each, manifest))));
      } catch (IOException e) {
        throw unusable(e);
      }
    }
    images.sort(
        Comparator.comparing((ImageFiles image) -> image.manifest().name())
            .thenComparing(image -> image.manifest().built(), Comparator.reverseOrder()));
    return images;
  }

  /** The latest image of that name. */
  public Optional<ImageFiles> find(String name) {
    return list().stream().filter(image -> image.manifest().name().equals(name)).findFirst();
  }

  /** The latest image of that name that was made of a recipe with that digest. */
  public Optional<ImageFiles> find(String name, String recipe) {
    return list().stream()
        .filter(image -> image.manifest().name().equals(name))
        .filter(image -> image.manifest().recipe().equals(recipe))
        .findFirst();
  }

  /** A new disk over an image for one run of a machine, gone with that. */
  public FreshDisk fresh(ImageFiles image) {
    try {
      return FreshDisk.over(image, folder);
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  /**
   * The image of that name.
   *
   * @throws RefusedException if there is none
   */
  public ImageFiles get(String name) {
    return find(name)
        .orElseThrow(() -> {
          List<String> names =
              list().stream().map(image -> image.manifest().name()).distinct().toList();
          String known =
              names.isEmpty()
                  ? "; there are none yet: atoll image build makes one"
                  : Nearest.to(name, names)
                      .map(near -> "; did you mean " + near + "?")
                      .orElse(": there are " + String.join(", ", names));
          return new RefusedException("there is no image '%s'%s".formatted(name, known));
        });
  }

  /** An image in the making; what it leaves unfinished is removed. */
  public final class Draft implements AutoCloseable {
    private final CacheLock lock;
    private final Path work;

    private Draft(CacheLock lock, Path work) {
      this.lock = lock;
      this.work = work;
    }

    /** Where its files are made. */
    public Path folder() {
      return work;
    }

    /**
     * Makes it an image, with the three files that it has then.
     *
     * @param image their place before the others are removed
     */
    public ImageFiles finish(Path image, ImageManifest manifest) throws IOException {
      manifest.write(image.resolve(ImageManifest.FILE));
      Path place = folder.resolve(manifest.name() + "-" + manifest.id());
      if (Files.exists(place)) {
        Trees.delete(place);
      }
      Files.move(image, place, StandardCopyOption.ATOMIC_MOVE);
      return new ImageFiles(place, manifest);
    }

    @Override
    public void close() throws IOException {
      try {
        Trees.delete(work);
      } finally {
        lock.close();
      }
    }
  }

  /** Begins an image, once no other one is in the making. */
  public Draft begin() {
    try {
      Files.createDirectories(folder);
      CacheLock lock = CacheLock.acquire(folder, progress);
      boolean begun = false;
      try {
        Path work = folder.resolve(UNFINISHED);
        if (Files.exists(work)) { // of a build that was interrupted
          Trees.delete(work);
        }
        Files.createDirectory(work);
        begun = true;
        return new Draft(lock, work);
      } finally {
        if (!begun) {
          lock.close();
        }
      }
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  /** Where what is pulled is until it is an image. */
  Path pulls() {
    return folder.resolve(".pulls");
  }

  /** Where package files are kept. */
  Path packages() {
    return folder.resolve(".packages");
  }

  /** Where the log of the latest build of an image is kept. */
  public Path log(String name) {
    return folder.resolve(".%s.log".formatted(name));
  }

  /** Removes all images of that name; returns how many bytes that gives back. */
  public long remove(String name) {
    get(name);
    try (CacheLock lock = CacheLock.acquire(folder, progress)) {
      assert lock.held();
      long bytes = 0;
      for (ImageFiles image : list()) {
        if (image.manifest().name().equals(name)) {
          bytes += allocated(image);
          // So that an interrupted removal leaves no image without its disk.
          Path hidden = folder.resolve("." + image.folder().getFileName());
          Files.move(image.folder(), hidden, StandardCopyOption.ATOMIC_MOVE);
          Trees.delete(hidden);
        }
      }
      Files.deleteIfExists(log(name));
      return bytes;
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  /** Bytes that an image takes in the cache. */
  public static long allocated(ImageFiles image) {
    try {
      long bytes = SparseFile.allocated(image.disk());
      for (Path other : image.others()) {
        bytes += Files.size(other);
      }
      return bytes;
    } catch (IOException e) {
      return 0; // a file is missing, which verifying it says
    }
  }

  /** What is wrong with an image, a sentence each; nothing if it is as it was made. */
  public List<String> verify(ImageFiles image) {
    List<String> wrong = new ArrayList<>();
    for (Map.Entry<String, String> file : image.manifest().files().entrySet()) {
      Path path = image.folder().resolve(file.getKey());
      progress.begin("verifying " + file.getKey(), lengthOf(path));
      try {
        String found = SparseFile.digest(path, progress);
        if (!found.equals(file.getValue())) {
          wrong.add(
              "%s has been changed: its digest is %s, expected %s"
                  .formatted(path, found, file.getValue()));
        }
      } catch (IOException e) {
        wrong.add("%s cannot be read: %s".formatted(path, HostException.reason(e)));
      } finally {
        progress.end();
      }
    }
    return wrong;
  }

  private static long lengthOf(Path file) {
    try {
      return SparseFile.allocated(file);
    } catch (IOException e) {
      return 0;
    }
  }

  private RefusedException unusable(IOException e) {
    return new RefusedException(
        "cannot use the folder of images %s (%s); repair it, or choose another with XDG_CACHE_HOME"
            .formatted(folder, HostException.reason(e)),
        e);
  }
}

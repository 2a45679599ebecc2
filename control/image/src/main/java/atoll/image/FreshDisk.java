package atoll.image;

import atoll.disk.DiskFormat;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.host.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A disk over an image for one run of a machine, beside the images: what is written to it is gone
 * when it is closed. What a process that was killed has left is removed by the next one.
 */
public final class FreshDisk implements AutoCloseable {
  private static final String START = ".run-";
  private static final String DISK = "disk.qcow2";
  private static final String VARIABLES = "vars.fd";

  private final ImageFiles image;
  private final Path folder;
  private final FolderHold held;

  private FreshDisk(ImageFiles image, Path folder, FolderHold held) {
    this.image = image;
    this.folder = folder;
    this.held = held;
  }

  /**
   * Makes one.
   *
   * @param images the folder of images
   */
  static FreshDisk over(ImageFiles image, Path images) throws IOException {
    removeLeft(images);
    Path folder = Files.createTempDirectory(images, START);
    FolderHold held = FolderHold.take(folder);
    FreshDisk made = new FreshDisk(image, folder, held);
    boolean whole = false;
    try {
      long ignored =
          ImageTool.create(
              folder.resolve(DISK),
              OptionalLong.empty(),
              ImageOptions.usual(DiskFormat.QCOW2)
                  .over(image.disk().toAbsolutePath().toString(), DiskFormat.RAW));
      whole = true;
      return made;
    } finally {
      if (!whole) {
        made.close();
      }
    }
  }

  private static void removeLeft(Path images) throws IOException {
    List<Path> folders;
    try (Stream<Path> all = Files.list(images)) {
      folders = all.filter(each -> each.getFileName().toString().startsWith(START)).toList();
    }
    for (Path folder : folders) {
      removeIfLeft(folder);
    }
  }

  /** Unless somebody holds it, or it is only just being made or removed, and so has no lock. */
  private static void removeIfLeft(Path folder) throws IOException {
    if (FolderHold.known(folder) && !FolderHold.held(folder)) {
      Trees.delete(folder);
    }
  }

  /** The disk, and what it is booted by. */
  public UserDisk disk() {
    return new UserDisk(
        folder.resolve(DISK), image.kernel(), image.initramfs(), folder.resolve(VARIABLES), true);
  }

  /** Removes it. */
  @Override
  public void close() {
    try (held) {
      Trees.delete(folder);
    } catch (IOException e) {
      throw new RefusedException(
          "%s, the disk of a run that is over, cannot be removed (%s); remove it yourself"
              .formatted(folder, HostException.reason(e)),
          e);
    }
  }
}

package atoll.image;

import atoll.disk.DiskFormat;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * A disk over an image for one run of a machine, beside the images: what is written to it is gone
 * when it is closed. What a process that was killed has left is removed by the next one.
 */
public final class FreshDisk implements AutoCloseable {
  private static final String START = ".run-";
  private static final String DISK = "disk.qcow2";
  private static final String VARIABLES = "vars.fd";

  private final ImageFiles image;
  private final HeldFolder folder;

  private FreshDisk(ImageFiles image, HeldFolder folder) {
    this.image = image;
    this.folder = folder;
  }

  /**
   * Makes one.
   *
   * @param images the folder of images
   */
  static FreshDisk over(ImageFiles image, Path images) throws IOException {
    FreshDisk made = new FreshDisk(image, HeldFolder.in(images, START));
    boolean whole = false;
    try {
      long ignored =
          ImageTool.create(
              made.file(DISK),
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

  /** The disk, and what it is booted by. */
  public UserDisk disk() {
    return new UserDisk(file(DISK), image.kernel(), image.initramfs(), file(VARIABLES), true);
  }

  private Path file(String name) {
    return folder.path().resolve(name);
  }

  /** Removes it. */
  @Override
  public void close() {
    folder.close();
  }
}

package atoll.image;

import java.nio.file.Path;

/**
 * An image that is whole, where it is.
 *
 * @param folder that has nothing else in it
 */
public record ImageFiles(Path folder, ImageManifest manifest) {
  /** The disk. */
  public Path disk() {
    return folder.resolve(ImageManifest.DISK);
  }

  /** The kernel that its modules belong to. */
  public Path kernel() {
    return folder.resolve(ImageManifest.KERNEL);
  }

  /** The initial RAM disk that leads to the disk. */
  public Path initramfs() {
    return folder.resolve(ImageManifest.INITRAMFS);
  }
}

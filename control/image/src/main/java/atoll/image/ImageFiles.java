package atoll.image;

import java.nio.file.Path;
import java.util.List;

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

  /** The kernel that its modules belong to; not there if firmware boots it. */
  public Path kernel() {
    return folder.resolve(ImageManifest.KERNEL);
  }

  /** The initial RAM disk that leads to the disk; not there if firmware boots it. */
  public Path initramfs() {
    return folder.resolve(ImageManifest.INITRAMFS);
  }

  /** What there is beside the disk. */
  List<Path> others() {
    return manifest.uefi() ? List.of() : List.of(kernel(), initramfs());
  }
}

package atoll.image;

import atoll.host.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

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

  /** The kernel's parameter that has the disk's blocks checked; nothing if they are not. */
  public Optional<String> parameter() {
    if (!manifest.verity()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Files.readString(folder.resolve(ImageManifest.PARAMETER)).strip());
    } catch (IOException e) {
      throw new RefusedException(
          "the image %s is damaged: %s".formatted(manifest.name(), HostException.reason(e)), e);
    }
  }

  /** What there is beside the disk. */
  List<Path> others() {
    return manifest.uefi() ? List.of() : List.of(kernel(), initramfs());
  }
}

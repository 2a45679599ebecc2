package atoll.image;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A disk that a user works on, made from an image, with what it is booted by.
 *
 * @param disk a qcow2 image over the image that it was made from; older ones are raw
 * @param variables where firmware keeps its own, if it boots the disk
 * @param made whether it is new
 */
public record UserDisk(Path disk, Path kernel, Path initramfs, Path variables, boolean made) {
  /** Whether firmware boots it, and not a kernel beside it. */
  public boolean uefi() {
    return Files.notExists(kernel);
  }
}

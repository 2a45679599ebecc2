package atoll.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the builder VM makes an image from.
 *
 * @param image folder of the files that stay; its disk is empty
 * @param archive the new system's files, for the builder's second disk
 * @param initramfs the builder's files, beside those of the stock guest
 * @param mirror the archive that the packages came from
 * @param archived when that was in the state that was seen
 * @param kernel what the kernel calls itself
 * @param packages versions by name
 */
public record PreparedImage(
    Path image,
    Path archive,
    Path initramfs,
    String mirror,
    Instant archived,
    String kernel,
    Map<String, String> packages) {
  /** The kernel's parameter that names the builder's first process. */
  public static final String INIT = "rdinit=/build/init";

  /** That which tells it of a disk with partitions. */
  public static final String UEFI = "boot=uefi";

  private static final int ID_SHOWN = 12;

  /** The disk that is built. */
  public Path disk() {
    return image.resolve(ImageManifest.DISK);
  }

  /**
   * Has each block of the disk, which is built, checked by the kernel that boots from it: the hash
   * tree goes behind the data, and what it is checked by into the initial RAM disk.
   */
  public void seal(Recipe recipe, Progress progress) throws IOException {
    progress.begin("working out the hash tree", recipe.size());
    try {
      byte[] salt = HexFormat.of().parseHex(recipe.digest());
      String parameter = HashTree.append(disk(), salt, progress).parameter() + "\n";
      Files.writeString(image.resolve(ImageManifest.PARAMETER), parameter);
      Path initrd = image.resolve(ImageManifest.INITRAMFS);
      try (CpioWriter archive =
          new CpioWriter(Files.newOutputStream(initrd, StandardOpenOption.APPEND))) {
        archive.file("verity", 0644, parameter.getBytes(StandardCharsets.US_ASCII));
      }
    } finally {
      progress.end();
    }
  }

  private static List<String> names(Recipe.Boot boot) {
    return switch (boot) {
      case UEFI -> List.of(ImageManifest.DISK);
      case KERNEL -> List.of(ImageManifest.DISK, ImageManifest.KERNEL, ImageManifest.INITRAMFS);
      case VERITY ->
          List.of(
              ImageManifest.DISK,
              ImageManifest.KERNEL,
              ImageManifest.INITRAMFS,
              ImageManifest.PARAMETER);
    };
  }

  /**
   * What is to be recorded once the disk is built.
   *
   * @param built when that was
   * @param took how long that took
   */
  public ImageManifest manifest(Recipe recipe, Instant built, Duration took, Progress progress)
      throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    Digest id = new Digest();
    for (String name : names(recipe.boot())) {
      files.put(name, SparseFile.digest(image.resolve(name), progress));
      id.add(files.get(name).getBytes(StandardCharsets.US_ASCII));
    }
    return new ImageManifest(
        recipe.name(),
        id.text().substring(0, ID_SHOWN),
        recipe.digest(),
        recipe.release(),
        mirror,
        archived,
        built,
        took,
        kernel,
        recipe.size(),
        packages,
        files,
        Optional.empty());
  }
}

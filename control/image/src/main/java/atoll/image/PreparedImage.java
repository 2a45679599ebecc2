package atoll.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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
   * What is to be recorded once the disk is built.
   *
   * @param built when that was
   * @param took how long that took
   */
  public ImageManifest manifest(Recipe recipe, Instant built, Duration took, Progress progress)
      throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    Digest id = new Digest();
    List<String> names =
        recipe.boot() == Recipe.Boot.UEFI
            ? List.of(ImageManifest.DISK)
            : List.of(ImageManifest.DISK, ImageManifest.KERNEL, ImageManifest.INITRAMFS);
    for (String name : names) {
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

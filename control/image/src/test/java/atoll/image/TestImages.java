package atoll.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** Images that nobody has built. */
final class TestImages {
  private static final Instant BUILT = Instant.parse("2026-11-29T20:00:00Z");

  private TestImages() {}

  /** One with such a disk, and, unless firmware boots it, a kernel and an initial RAM disk. */
  static ImageFiles make(ImageStore store, Recipe recipe, byte[] disk) throws IOException {
    return make(store, recipe, disk, BUILT);
  }

  static ImageFiles make(ImageStore store, Recipe recipe, byte[] disk, Instant built)
      throws IOException {
    try (ImageStore.Draft draft = store.begin()) {
      Path image = Files.createDirectory(draft.folder().resolve("image"));
      Files.write(image.resolve(ImageManifest.DISK), disk);
      if (recipe.boot() == Recipe.Boot.KERNEL) {
        Files.writeString(image.resolve(ImageManifest.KERNEL), "kernel");
        Files.writeString(image.resolve(ImageManifest.INITRAMFS), "initramfs");
      }
      Files.writeString(draft.folder().resolve("rest"), "?");
      PreparedImage prepared =
          new PreparedImage(
              image,
              draft.folder().resolve("archive"),
              draft.folder().resolve("builder"),
              "http://mirror.example/debian/",
              BUILT,
              "6.12-riscv64",
              Map.of("nano", "8.4-1"));
      return draft.finish(
          image, prepared.manifest(recipe, built, Duration.ofSeconds(90), Progress.SILENT));
    }
  }
}

package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.disk.DiskFormat;
import atoll.disk.DiskImages;
import atoll.disk.DiskLocation;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ImageStoreTest {
  private static final Instant BUILT = Instant.parse("2026-11-29T20:00:00Z");

  @TempDir private Path cache;
  @TempDir private Path data;
  private ImageStore store;
  private UserDisks disks;

  @BeforeEach
  void open() {
    store = new ImageStore(cache, Progress.SILENT);
    disks = UserDisks.ofImages(data, Progress.SILENT);
  }

  static Recipe recipe(String name) {
    return recipe(name, Recipe.Boot.KERNEL);
  }

  private static Recipe recipe(String name, Recipe.Boot boot) {
    return new Recipe(
        name,
        "trixie",
        Optional.empty(),
        BaseSystem.ESSENTIAL,
        List.of("nano"),
        false,
        Recipe.SMALLEST,
        "host",
        Map.of(),
        List.of(),
        boot);
  }

  private ImageFiles make(String name, String content, Instant built) throws IOException {
    return TestImages.make(store, recipe(name), content.getBytes(StandardCharsets.US_ASCII), built);
  }

  @Test
  void aFinishedImageIsThereWithAllThatWasRecorded() throws IOException {
    ImageFiles made = make("one", "disk", BUILT);
    ImageFiles found = store.get("one");
    assertThat(found).isEqualTo(made);
    assertThat(found.manifest().packages()).containsExactly(Map.entry("nano", "8.4-1"));
    assertThat(found.manifest().took()).isEqualTo(Duration.ofSeconds(90));
    assertThat(found.manifest().recipe()).isEqualTo(recipe("one").digest());
    assertThat(found.disk()).hasContent("disk");
    assertThat(cache.resolve("images/.new")).doesNotExist();
  }

  @Test
  void anImageThatIsNotFinishedIsNone() throws IOException {
    try (ImageStore.Draft draft = store.begin()) {
      Files.writeString(draft.folder().resolve(ImageManifest.DISK), "half");
      assertThat(store.list()).isEmpty();
    }
    assertThat(cache.resolve("images/.new")).doesNotExist();
  }

  @Test
  void whatAnInterruptedBuildHasLeftIsRemoved() throws IOException {
    Path left = Files.createDirectories(cache.resolve("images/.new/image"));
    Files.writeString(left.resolve(ImageManifest.DISK), "half");
    try (ImageStore.Draft draft = store.begin()) {
      assertThat(draft.folder()).isEmptyDirectory();
    }
  }

  @Test
  void aFolderWithoutAWholeRecordIsNoImage() throws IOException {
    Path folder = Files.createDirectories(cache.resolve("images/one-123"));
    assertThat(store.list()).isEmpty();
    for (String text :
        List.of("", "{", "{}", "[1]", "{\"format\": 1, \"name\": \"one\"}", "{\"format\": 99}")) {
      Files.writeString(folder.resolve(ImageManifest.FILE), text);
      assertThat(store.list()).as(text).isEmpty();
    }
  }

  @Test
  void ofOneNameTheLatestCounts() throws IOException {
    make("one", "old", BUILT);
    make("one", "new", BUILT.plusSeconds(60));
    make("another", "disk", BUILT);
    assertThat(store.get("one").disk()).hasContent("new");
    assertThat(store.list())
        .extracting(image -> image.manifest().name())
        .containsExactly("another", "one", "one");
  }

  @Test
  void anImageThatHasBeenChangedIsFound() throws IOException {
    ImageFiles image = make("one", "disk", BUILT);
    assertThat(store.verify(image)).isEmpty();
    Files.writeString(image.disk(), "disc");
    assertThat(store.verify(image))
        .singleElement()
        .asString()
        .contains("disk.img has been changed");
    Files.delete(image.kernel());
    assertThat(store.verify(image)).hasSize(2);
  }

  @Test
  void aRemovedImageIsGone() throws IOException {
    ImageFiles image = make("one", "disk", BUILT);
    assertThat(store.remove("one")).isPositive();
    assertThat(image.folder()).doesNotExist();
    assertThat(store.list()).isEmpty();
  }

  @Test
  void aNameThatIsNotThereGetsTheNearestOne() throws IOException {
    assertThatThrownBy(() -> store.get("one")).hasMessageContaining("there are none yet");
    make("debian", "disk", BUILT);
    assertThatThrownBy(() -> store.remove("debain"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("did you mean debian?");
  }

  @Test
  void aSecondBuildWaitsForTheFirst() throws Exception {
    ImageStore.Draft first = store.begin();
    CompletableFuture<Boolean> second =
        CompletableFuture.supplyAsync(() -> {
          try (ImageStore.Draft draft = store.begin()) {
            return Files.exists(draft.folder().resolve("of the first"));
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
    Files.writeString(first.folder().resolve("of the first"), "");
    assertThat(second).isNotDone();
    first.close();
    assertThat(second.get()).isFalse();
  }

  /** As much as a disk has at least. */
  private static String sector(String content) {
    return content + "\0".repeat(512 - content.length());
  }

  /** What a disk has: the first bytes of it, as far as they are no zeroes. */
  private String content(UserDisk disk) throws IOException {
    Path raw = data.resolve("content.raw");
    ImageTool.convert(
        DiskLocation.of(disk.disk()),
        Optional.empty(),
        DiskLocation.of(raw),
        ImageOptions.usual(DiskFormat.RAW),
        false,
        (at, size) -> {});
    return Files.readString(raw).replace("\0", "");
  }

  private static long size(UserDisk disk) {
    return ImageTool.describe(DiskLocation.of(disk.disk()), Optional.empty()).size();
  }

  @Test
  void aDiskIsMadeOnceAndStaysWhenItsImageAndTheWholeCacheGo() throws IOException {
    ImageFiles image = make("one", sector("disk"), BUILT);
    UserDisk disk = disks.open("one", false, Optional.of(image));
    assertThat(disk.made()).isTrue();
    assertThat(content(disk)).isEqualTo("disk");
    ImageTool.resize(disk.disk(), Optional.empty(), 4096, false);
    store.remove("one");
    Trees.delete(cache);
    UserDisk again = disks.open("one", false, Optional.empty());
    assertThat(again.made()).isFalse();
    assertThat(size(again)).isEqualTo(4096);
    assertThat(content(again)).isEqualTo("disk");
    assertThat(again.kernel()).hasContent("kernel");
    assertThat(again.initramfs()).hasContent("initramfs");
  }

  @Test
  void aDiskThatFirmwareBootsHasVariablesInPlaceOfAKernel() throws IOException {
    ImageFiles image =
        TestImages.make(
            store,
            recipe("two", Recipe.Boot.UEFI),
            sector("disk").getBytes(StandardCharsets.US_ASCII));
    assertThat(image.manifest().uefi()).isTrue();
    assertThat(ImageStore.allocated(image)).isPositive();
    assertThat(store.verify(image)).isEmpty();
    UserDisk disk = disks.open("two", false, Optional.of(image));
    assertThat(disk.uefi()).isTrue();
    assertThat(content(disk)).isEqualTo("disk");
    assertThat(disk.variables().getParent()).isEqualTo(disk.disk().getParent());
    assertThat(disks.open("two", false, Optional.empty()).uefi()).isTrue();
  }

  @Test
  void aDiskTakesNoRoomForWhatItsImageHas() throws IOException {
    ImageFiles image = make("one", sector("disk"), BUILT);
    UserDisk disk = disks.open("one", false, Optional.of(image));
    Path base = disk.disk().resolveSibling("base.img");
    assertThat(Files.isSameFile(base, image.disk())).isTrue();
    assertThat(base.toFile().length()).isEqualTo(512);
    assertThat(Files.getPosixFilePermissions(base))
        .doesNotContain(PosixFilePermission.OWNER_WRITE, PosixFilePermission.GROUP_WRITE);
  }

  @Test
  void anImageThatIsMadeAgainLeavesTheDiskAsItIsAndAFreshDiskIsOfTheNewOne() throws IOException {
    UserDisk disk = disks.open("one", false, Optional.of(make("one", sector("old"), BUILT)));
    ImageFiles newer = make("one", sector("newer"), BUILT.plusSeconds(60));
    assertThat(content(disks.open("one", false, Optional.of(newer)))).isEqualTo("old");
    ImageTool.resize(disk.disk(), Optional.empty(), 4096, false);
    UserDisk fresh = disks.open("one", true, Optional.of(newer));
    assertThat(fresh.made()).isTrue();
    assertThat(content(fresh)).isEqualTo("newer");
    assertThat(size(fresh)).isEqualTo(512);
    assertThat(newer.disk()).hasContent(sector("newer"));
  }

  @Test
  void aDiskWithoutWhatItIsOverIsExplained() throws IOException {
    ImageFiles image = make("one", sector("disk"), BUILT);
    UserDisk disk = disks.open("one", false, Optional.of(image));
    Files.delete(disk.disk().resolveSibling("base.img"));
    assertThatThrownBy(() -> disks.open("one", false, Optional.of(image)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("base.img, which is gone")
        .hasMessageContaining("--fresh");
    assertThat(content(disks.open("one", true, Optional.of(image)))).isEqualTo("disk");
  }

  @Test
  void aRawDiskOfAnOlderVersionIsUsedAsItIs() throws IOException {
    ImageFiles image = make("one", sector("disk"), BUILT);
    UserDisk disk = disks.open("one", false, Optional.of(image));
    Path raw = disk.disk().resolveSibling(ImageManifest.DISK);
    Files.delete(disk.disk());
    Files.delete(disk.disk().resolveSibling("base.img"));
    Files.writeString(raw, sector("work"));
    assertThat(disks.present("one")).isTrue();
    UserDisk again = disks.open("one", false, Optional.of(image));
    assertThat(again.disk()).isEqualTo(raw);
    assertThat(again.made()).isFalse();
    assertThat(content(disks.open("one", true, Optional.of(image)))).isEqualTo("disk");
    assertThat(raw).doesNotExist();
    assertThat(disks.remove("one")).isPositive();
  }

  @Test
  void aDiskInUseIsNotReplacedOrRemoved() throws IOException {
    ImageFiles image = make("one", sector("disk"), BUILT);
    UserDisk disk = disks.open("one", false, Optional.of(image));
    try (Closeable held = DiskImages.hold(disk.disk())) {
      assertThat(held).isNotNull();
      assertThatThrownBy(() -> disks.open("one", true, Optional.of(image)))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("is in use by a VM");
      assertThatThrownBy(() -> disks.remove("one")).hasMessageContaining("is in use by a VM");
    }
    assertThat(content(disk)).isEqualTo("disk");
    disks.remove("one");
    assertThat(disks.present("one")).isFalse();
  }

  @Test
  void aDiskWithoutAnImageIsExplained() {
    assertThatThrownBy(() -> disks.open("one", false, Optional.empty()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("there is no image 'one'");
  }

  @Test
  void anImageOfARecipeIsFoundThoughALaterOneHasItsName() throws IOException {
    ImageFiles image = make("one", "old", BUILT);
    Recipe other = recipe("one", Recipe.Boot.UEFI);
    ImageFiles later = TestImages.make(store, other, new byte[512], BUILT.plusSeconds(60));
    assertThat(store.find("one")).contains(later);
    assertThat(store.find("one", recipe("one").digest())).contains(image);
    assertThat(store.find("one", "another")).isEmpty();
  }

  @Test
  void eachMachineOfASystemHasADiskThatKnowsItsImage() throws IOException {
    ImageFiles image = make("one", sector("disk"), BUILT);
    UserDisks system = UserDisks.ofSystem(data, "s.yaml-1", Progress.SILENT);
    UserDisk left = system.open("left", "one", false, Optional.of(image));
    UserDisk right = system.open("right", "one", false, Optional.of(image));
    assertThat(left.disk()).isEqualTo(data.resolve("systems/s.yaml-1/left/disk.qcow2"));
    assertThat(right.disk()).exists().isNotEqualTo(left.disk());
    assertThat(system.find("left", "one")).isPresent();
    assertThat(system.find("left", "two")).isEmpty();
    assertThat(disks.present("left")).isFalse();
    assertThatThrownBy(() -> system.open("left", "two", false, Optional.of(image)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("was made from the image one, and not from two")
        .hasMessageContaining("--fresh");
    assertThat(system.obstacle("none", "one")).isEmpty();
  }
}

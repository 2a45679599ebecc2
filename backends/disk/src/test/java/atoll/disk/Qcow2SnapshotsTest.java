package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots inside qcow2 images: what they keep, and that nothing ever overwrites it. */
@Timeout(600)
class Qcow2SnapshotsTest {
  private static final int SIZE = 1 << 20;
  private static final long NOW = 1_700_000_000_123_456_789L;

  @TempDir private Path folder;

  private static ImageOptions options(String kind) {
    return new ImageOptions(
        DiskFormat.QCOW2,
        kind.equals("v2") ? 2 : 3,
        kind.equals("extended") ? 16_384 : 4096,
        16,
        kind.equals("lazy"),
        kind.equals("extended"),
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        ImageOptions.Preallocation.OFF);
  }

  private Path create(String kind) {
    Path image = folder.resolve("a.qcow2");
    ImageTool.create(image, OptionalLong.of(SIZE), options(kind));
    return image;
  }

  private static void use(Path image, RandomUse use, int steps) throws IOException {
    try (BlockBackend disk = DiskImages.open(image, Optional.empty(), false)) {
      use.steps(disk, steps);
      disk.flush();
      use.check(disk);
    }
  }

  private static void change(Path image, ImageTool.SnapshotChange change, String name) {
    ImageTool.snapshot(image, change, name, NOW);
  }

  private static void requireClean(Path image) {
    CheckReport report =
        ImageTool.check(DiskLocation.of(image), Optional.empty(), ImageTool.Repair.NOTHING)
            .orElseThrow();
    assertThat(report.findings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"v2", "v3", "lazy", "extended"})
  void aSnapshotKeepsTheDiskWhateverIsWrittenLater(String kind) throws IOException {
    Path image = create(kind);
    Random random = new Random(kind.hashCode());
    Map<String, byte[]> kept = new LinkedHashMap<>();
    byte[] now = new byte[SIZE];
    for (int n = 0; n < 25; n++) {
      RandomUse use = new RandomUse(n, now, 20_000);
      use(image, use, 20);
      now = use.expected();
      String name = "s" + n;
      switch (random.nextInt(4)) {
        case 0, 1 -> {
          change(image, ImageTool.SnapshotChange.CREATE, name);
          kept.put(name, now.clone());
        }
        case 2 -> {
          if (!kept.isEmpty()) {
            String which =
                kept.keySet().stream().skip(random.nextInt(kept.size())).findFirst().get();
            change(image, ImageTool.SnapshotChange.APPLY, which);
            now = kept.get(which).clone();
          }
        }
        default -> {
          if (!kept.isEmpty()) {
            String which = kept.keySet().iterator().next();
            change(image, ImageTool.SnapshotChange.DELETE, which);
            kept.remove(which);
          }
        }
      }
      requireClean(image);
    }
    assertThat(kept).isNotEmpty();
    ImageInfo info = ImageTool.describe(DiskLocation.of(image), Optional.empty());
    assertThat(info.qcow2().orElseThrow().snapshots())
        .extracting(ImageInfo.Snapshot::name)
        .containsExactlyElementsOf(kept.keySet());
    for (Map.Entry<String, byte[]> one : kept.entrySet()) {
      change(image, ImageTool.SnapshotChange.APPLY, one.getKey());
      try (BlockBackend disk = DiskImages.open(image, Optional.empty(), true)) {
        assertThat(Arrays.mismatch(RandomUse.read(disk, 0, SIZE), one.getValue())).isEqualTo(-1);
      }
    }
    for (String name : kept.keySet()) {
      change(image, ImageTool.SnapshotChange.DELETE, name);
    }
    requireClean(image);
  }

  @Test
  void aDiskThatWasResizedHasItsOldSizeAgain() throws IOException {
    Path image = create("v3");
    RandomUse use = new RandomUse(1, new byte[SIZE], 50_000);
    use(image, use, 30);
    change(image, ImageTool.SnapshotChange.CREATE, "small");
    ImageTool.resize(image, Optional.empty(), 200L << 20, false);
    change(image, ImageTool.SnapshotChange.CREATE, "large");
    change(image, ImageTool.SnapshotChange.APPLY, "small");
    try (BlockBackend disk = DiskImages.open(image, Optional.empty(), true)) {
      assertThat(disk.size()).isEqualTo(SIZE);
      use.check(disk);
    }
    change(image, ImageTool.SnapshotChange.APPLY, "2");
    try (BlockBackend disk = DiskImages.open(image, Optional.empty(), true)) {
      assertThat(disk.size()).isEqualTo(200L << 20);
    }
    requireClean(image);
  }

  @Test
  void qemuSeesOurSnapshotsAndWeItsOwn() throws IOException {
    QemuImg.assumeInstalled();
    Path image = create("v3");
    RandomUse use = new RandomUse(1, new byte[SIZE], 50_000);
    use(image, use, 30);
    byte[] first = use.expected().clone();
    change(image, ImageTool.SnapshotChange.CREATE, "ours");
    use(image, use, 30);
    byte[] second = use.expected().clone();
    QemuImg.img(folder, "snapshot", "-c", "theirs", "a.qcow2");
    use(image, use, 30);
    assertThat(QemuImg.img(folder, "snapshot", "-l", "a.qcow2")).contains("ours", "theirs");
    QemuImg.img(folder, "check", "a.qcow2");
    for (String name : new String[] {"ours", "theirs"}) {
      QemuImg.img(folder, "convert", "-l", name, "-O", "raw", "a.qcow2", name);
    }
    assertThat(Arrays.equals(Files.readAllBytes(folder.resolve("ours")), first)).isTrue();
    assertThat(Arrays.equals(Files.readAllBytes(folder.resolve("theirs")), second)).isTrue();
    change(image, ImageTool.SnapshotChange.APPLY, "theirs");
    QemuImg.img(folder, "check", "a.qcow2");
    QemuImg.img(folder, "convert", "-O", "raw", "a.qcow2", "now");
    assertThat(Arrays.equals(Files.readAllBytes(folder.resolve("now")), second)).isTrue();
    QemuImg.img(folder, "snapshot", "-a", "ours", "a.qcow2");
    change(image, ImageTool.SnapshotChange.DELETE, "theirs");
    QemuImg.img(folder, "check", "a.qcow2");
    QemuImg.img(folder, "snapshot", "-d", "ours", "a.qcow2");
    QemuImg.img(folder, "check", "a.qcow2");
    requireClean(image);
    assertThat(Arrays.equals(first, bytes(image))).isTrue();
  }

  private static byte[] bytes(Path image) throws IOException {
    try (BlockBackend disk = DiskImages.open(image, Optional.empty(), true)) {
      return RandomUse.read(disk, 0, SIZE);
    }
  }

  /** Something that is done with the snapshots of an image. */
  @FunctionalInterface
  private interface Work {
    void with(Qcow2Snapshots snapshots) throws IOException;
  }

  /** An image with a snapshot "old", and other content since. */
  private static MemoryStorage image(byte[] old, byte[] now) throws IOException {
    MemoryStorage file = new MemoryStorage(new byte[0]);
    new Qcow2Creator(file, file, options("v3")).create(SIZE);
    RandomUse use = new RandomUse(1, old, 20_000);
    try (Qcow2Disk disk = open(file)) {
      use.steps(disk, 40);
    }
    try (Qcow2Snapshots snapshots = new Qcow2Snapshots(file)) {
      snapshots.create("old", NOW);
    }
    System.arraycopy(old, 0, now, 0, SIZE);
    RandomUse later = new RandomUse(2, now, 20_000);
    try (Qcow2Disk disk = open(file)) {
      later.steps(disk, 40);
    }
    return new MemoryStorage(file.bytes());
  }

  private static Qcow2Disk open(Storage file) throws IOException {
    Qcow2Metadata tables = new Qcow2Metadata(file, file, Qcow2Header.read(file));
    return new Qcow2Disk(tables, Optional.empty(), false, "disk");
  }

  private static byte[] read(MemoryStorage file) throws IOException {
    try (Qcow2Disk disk = open(new MemoryStorage(file.bytes()))) {
      return RandomUse.read(disk, 0, SIZE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"create", "apply", "delete"})
  void anEndAtAnyMomentLosesNeitherTheDiskNorASnapshot(String what) throws IOException {
    byte[] old = new byte[SIZE];
    byte[] now = new byte[SIZE];
    MemoryStorage whole = image(old, now);
    Work work =
        switch (what) {
          case "create" -> snapshots -> snapshots.create("new", NOW);
          case "apply" -> snapshots -> snapshots.apply("old");
          default -> snapshots -> snapshots.delete("old");
        };
    MemoryStorage recorded = new MemoryStorage(whole.bytes());
    try (Qcow2Snapshots snapshots = new Qcow2Snapshots(recorded)) {
      work.with(snapshots);
    }
    Random random = new Random(7);
    for (int step = 0; step <= recorded.steps(); step++) {
      requireSafe(recorded.afterKill(step), old, now, what);
      requireSafe(recorded.afterPowerCut(step, random), old, now, what);
    }
  }

  private static void requireSafe(MemoryStorage file, byte[] old, byte[] now, String what)
      throws IOException {
    byte[] active = read(file);
    boolean applied = what.equals("apply") && Arrays.equals(active, old);
    assertThat(applied || Arrays.equals(active, now)).as("the disk").isTrue();
    CheckReport report = new Qcow2Check(file, Qcow2Header.read(file)).run();
    assertThat(report.findings())
        .allMatch(finding -> finding.startsWith("leaked") || finding.contains("COPIED"));
    Qcow2Snapshot.Table table = Qcow2Snapshot.read(file, Qcow2Header.read(file));
    try (Qcow2Disk disk = open(file)) { // What is written now overwrites no snapshot.
      RandomUse use = new RandomUse(9, active, 60_000);
      use.steps(disk, 30);
      use.check(disk);
    }
    for (Qcow2Snapshot snapshot : table.snapshots()) {
      MemoryStorage copy = new MemoryStorage(file.bytes());
      try (Qcow2Snapshots snapshots = new Qcow2Snapshots(copy)) {
        snapshots.apply(snapshot.name());
      }
      byte[] expected = snapshot.name().equals("old") ? old : now;
      assertThat(Arrays.equals(read(copy), expected)).as(snapshot.name()).isTrue();
    }
  }

  @Test
  void whatCannotBeDoneIsSaid() throws IOException {
    Path image = create("v3");
    assertThatThrownBy(() -> change(image, ImageTool.SnapshotChange.APPLY, "x"))
        .hasMessageContaining("has no snapshot 'x'");
    assertThatThrownBy(() -> change(image, ImageTool.SnapshotChange.CREATE, ""))
        .hasMessageContaining("a name has 1 to 255 characters");
    Path raw = Files.write(folder.resolve("raw"), new byte[512]);
    assertThatThrownBy(() -> change(raw, ImageTool.SnapshotChange.CREATE, "x"))
        .hasMessageContaining("only qcow2 images have snapshots");
    try (BlockBackend disk = DiskImages.open(image, Optional.empty(), true)) {
      assertThat(disk.readOnly()).isTrue();
      assertThatThrownBy(() -> change(image, ImageTool.SnapshotChange.CREATE, "x"))
          .hasMessageContaining("in use");
    }
  }
}

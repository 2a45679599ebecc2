package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code atoll disk} does with images, with QEMU's tools as judges. */
class ImageToolTest {
  private static final int SIZE = 3 << 20;
  private static final CopyProgress UNHEARD = (done, all) -> {};
  private static final ImageOptions QCOW2 = ImageOptions.usual(DiskFormat.QCOW2);

  @TempDir private Path folder;

  @BeforeEach
  void tools() {
    QemuImg.assumeInstalled();
  }

  private DiskLocation at(String name) {
    return DiskLocation.of(file(name));
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  private Path create(String name, ImageOptions options, int size) {
    ImageTool.create(file(name), OptionalLong.of(size), options);
    return file(name);
  }

  /** Fills an image at random; returns what its disk has then. */
  private byte[] use(Path image, byte[] before, long seed) throws IOException {
    RandomUse use = new RandomUse(seed, before.clone(), 150_000);
    try (BlockBackend disk = DiskImages.open(image, Optional.empty(), false)) {
      use.steps(disk, 40);
    }
    return use.expected();
  }

  private void has(String image, byte[] expected) throws IOException {
    QemuImg.img(folder, "check", "-q", "-f", "qcow2", image);
    QemuImg.img(folder, "convert", "-f", "qcow2", "-O", "raw", image, "seen.raw");
    assertThat(Arrays.mismatch(Files.readAllBytes(file("seen.raw")), expected)).isEqualTo(-1);
  }

  static Stream<ImageOptions> kinds() {
    return Stream.of(
            List.of(2, 512, 16),
            List.of(2, 65_536, 16),
            List.of(3, 512, 1),
            List.of(3, 4096, 64),
            List.of(3, 65_536, 16),
            List.of(3, 2 << 20, 8))
        .flatMap(kind ->
            Stream.of(ImageOptions.Preallocation.values())
                .map(what -> options(kind, kind.get(0) == 3 && kind.get(1) >= 65_536, what)));
  }

  private static ImageOptions options(
      List<Integer> kind, boolean modern, ImageOptions.Preallocation what) {
    return new ImageOptions(
        DiskFormat.QCOW2,
        kind.get(0),
        kind.get(1),
        kind.get(2),
        modern,
        modern,
        modern,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        what);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatIsMadeIsWholeAndEmptyToQemu(ImageOptions options) throws IOException {
    Path image = create("a.qcow2", options, SIZE);
    has("a.qcow2", new byte[SIZE]);
    QemuImg.io(folder, "a.qcow2", "write -P 7 1000k 200k");
    byte[] expected = new byte[SIZE];
    Arrays.fill(expected, 1000 << 10, 1200 << 10, (byte) 7);
    has("a.qcow2", use(image, expected, 3));
  }

  @Test
  void aDataFileIsMadeBesideItsImage() throws IOException {
    ImageOptions options =
        new ImageOptions(
            DiskFormat.QCOW2,
            3,
            65_536,
            16,
            false,
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.of("data.raw"),
            true,
            ImageOptions.Preallocation.METADATA);
    byte[] expected = use(create("a.qcow2", options, SIZE), new byte[SIZE], 5);
    has("a.qcow2", expected);
    assertThat(Arrays.mismatch(Files.readAllBytes(file("data.raw")), expected)).isEqualTo(-1);
  }

  @Test
  void aConvertedImageHasTheSameContentWithoutItsZeroes() throws IOException {
    byte[] base = use(create("base.qcow2", QCOW2, SIZE), new byte[SIZE], 1);
    byte[] expected =
        use(create("top.qcow2", QCOW2.over("base.qcow2", DiskFormat.QCOW2), SIZE), base, 2);
    for (boolean compressed : new boolean[] {false, true}) {
      ImageTool.convert(
          at("top.qcow2"), Optional.empty(), at("to.qcow2"), QCOW2, compressed, UNHEARD);
      has("to.qcow2", expected);
    }
    ImageOptions raw = ImageOptions.usual(DiskFormat.RAW);
    ImageTool.convert(at("to.qcow2"), Optional.empty(), at("to.raw"), raw, false, UNHEARD);
    assertThat(Arrays.mismatch(Files.readAllBytes(file("to.raw")), expected)).isEqualTo(-1);
    create("sparse.raw", raw, 1 << 30);
    ImageTool.convert(
        at("sparse.raw"), Optional.empty(), at("sparse.qcow2"), QCOW2, false, UNHEARD);
    assertThat(Files.size(file("sparse.qcow2"))).isLessThan(1 << 20);
    assertThatThrownBy(() ->
            ImageTool.convert(at("to.raw"), Optional.empty(), at("to.raw"), raw, false, UNHEARD))
        .hasMessageContaining("give another file");
  }

  @Test
  void whatIsAddedToADiskIsZeroWhateverIsBehindIt() throws IOException {
    byte[] base = new byte[SIZE];
    Arrays.fill(base, (byte) 9);
    Files.write(file("base.raw"), base);
    Path image = create("a.qcow2", QCOW2.over("base.raw", DiskFormat.RAW), 1 << 20);
    byte[] expected = Arrays.copyOf(use(image, Arrays.copyOf(base, 1 << 20), 4), SIZE + (1 << 20));
    ImageTool.resize(image, Optional.empty(), SIZE + (1 << 20), false);
    has("a.qcow2", expected);
    assertThatThrownBy(() -> ImageTool.resize(image, Optional.empty(), 1 << 20, false))
        .hasMessageContainingAll("would be lost", "--shrink");
    int odd = (1 << 20) - 1024;
    ImageTool.resize(image, Optional.empty(), odd, true);
    has("a.qcow2", Arrays.copyOf(expected, odd));
    ImageTool.resize(image, Optional.empty(), SIZE, false);
    has("a.qcow2", Arrays.copyOf(Arrays.copyOf(expected, odd), SIZE));
  }

  @Test
  void aCommitMovesWhatAnImageHasIntoItsBackingFile() throws IOException {
    byte[] base = use(create("base.qcow2", QCOW2, SIZE / 2), new byte[SIZE / 2], 1);
    Path top = create("top.qcow2", QCOW2.over("base.qcow2", DiskFormat.QCOW2), SIZE);
    byte[] expected = use(top, Arrays.copyOf(base, SIZE), 8);
    ImageTool.commit(top, false, UNHEARD);
    has("base.qcow2", expected);
    has("top.qcow2", expected);
    CheckReport report =
        ImageTool.check(DiskLocation.of(top), Optional.empty(), ImageTool.Repair.NOTHING)
            .orElseThrow();
    assertThat(report.allocated()).isZero();
    assertThat(report.findings()).isEmpty();
  }

  @Test
  void anotherBackingFileChangesNoContentUnlessItIsOnlyTheName() throws IOException {
    byte[] base = use(create("base.qcow2", QCOW2, SIZE), new byte[SIZE], 1);
    use(create("other.qcow2", QCOW2, SIZE), new byte[SIZE], 2);
    Path top = create("top.qcow2", QCOW2.over("base.qcow2", DiskFormat.QCOW2), SIZE);
    byte[] expected = use(top, base, 3);
    ImageTool.rebase(top, Optional.of("other.qcow2"), Optional.empty(), false, UNHEARD);
    has("top.qcow2", expected);
    assertThat(ImageTool.describe(DiskLocation.of(top), Optional.empty()).backingFile())
        .contains("other.qcow2");
    ImageTool.rebase(top, Optional.empty(), Optional.empty(), false, UNHEARD);
    assertThat(ImageTool.describe(DiskLocation.of(top), Optional.empty()).backingFile()).isEmpty();
    has("top.qcow2", expected);
    ImageTool.rebase(top, Optional.of("gone"), Optional.of(DiskFormat.RAW), true, UNHEARD);
    assertThat(ImageTool.describe(DiskLocation.of(top), Optional.empty()).backingFormat())
        .contains("raw");
  }

  @Test
  void damageIsFoundAndMended() throws IOException {
    byte[] expected = use(create("a.qcow2", QCOW2, SIZE), new byte[SIZE], 6);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file("a.qcow2")));
    int counts = (int) bytes.getLong((int) bytes.getLong(48));
    Random random = new Random(6);
    for (int n = 0; n < 10; n++) {
      bytes.putShort(counts + 2 * random.nextInt(40), (short) random.nextInt(3));
    }
    Files.write(file("a.qcow2"), bytes.array());
    Path image = file("a.qcow2");
    CheckReport found =
        ImageTool.check(DiskLocation.of(image), Optional.empty(), ImageTool.Repair.NOTHING)
            .orElseThrow();
    assertThat(found.corruptions()).isPositive();
    assertThat(found.findings()).isNotEmpty();
    CheckReport mended =
        ImageTool.check(DiskLocation.of(image), Optional.empty(), ImageTool.Repair.ALL)
            .orElseThrow();
    assertThat(mended.corruptionsFixed()).isEqualTo(mended.corruptions());
    assertThat(mended.leaksFixed()).isEqualTo(mended.leaks());
    has("a.qcow2", expected);
    use(image, expected, 9);
    QemuImg.img(folder, "check", "-q", "-f", "qcow2", "a.qcow2");
  }
}

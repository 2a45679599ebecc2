package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Images go back and forth between Atoll and QEMU, whatever options they were made with. */
class Qcow2PeersTest {
  private static final int SIZE = 3 << 20;

  @TempDir private Path folder;

  @BeforeEach
  void tools() {
    QemuImg.assumeInstalled();
  }

  static Stream<String> options() {
    return Stream.of(
        "compat=0.10",
        "compat=0.10,cluster_size=512",
        "compat=1.1",
        "cluster_size=512",
        "cluster_size=512,refcount_bits=64",
        "cluster_size=4k,refcount_bits=1",
        "cluster_size=1k,refcount_bits=2",
        "cluster_size=8k,refcount_bits=4",
        "cluster_size=16k,refcount_bits=8",
        "cluster_size=32k,refcount_bits=32",
        "cluster_size=128k,refcount_bits=64",
        "cluster_size=2M",
        "lazy_refcounts=on",
        "lazy_refcounts=on,cluster_size=512",
        "extended_l2=on",
        "extended_l2=on,cluster_size=16k",
        "extended_l2=on,cluster_size=2M,lazy_refcounts=on",
        "compression_type=zstd",
        "compression_type=zstd,extended_l2=on",
        "preallocation=metadata",
        "preallocation=falloc,cluster_size=4k",
        "preallocation=full",
        "data_file=data.img",
        "data_file=data.img,data_file_raw=on",
        "data_file=data.img,extended_l2=on");
  }

  /** Those that concern how a shared or missing cluster is replaced. */
  static Stream<String> layouts() {
    return Stream.of(
        "compat=0.10,cluster_size=512",
        "cluster_size=4k",
        "cluster_size=2M",
        "cluster_size=16k,refcount_bits=8,lazy_refcounts=on",
        "extended_l2=on",
        "extended_l2=on,cluster_size=16k,compression_type=zstd");
  }

  private byte[] random(long seed) {
    byte[] bytes = new byte[SIZE];
    Random random = new Random(seed);
    for (int at = 0; at < SIZE; at += 65_536) {
      if (random.nextInt(3) > 0) { // The others stay zero.
        byte[] part = new byte[65_536];
        random.nextBytes(part);
        if (random.nextBoolean()) { // Half of those can be compressed.
          Arrays.fill(part, 1000, 60_000, (byte) at);
        }
        System.arraycopy(part, 0, bytes, at, part.length);
      }
    }
    return bytes;
  }

  private BlockBackend open(String image) {
    return DiskImages.open(folder.resolve(image), Optional.of(DiskFormat.QCOW2), false);
  }

  private void agrees(String image, byte[] expected) throws IOException {
    try (Storage file = ImageFile.look(folder.resolve(image))) {
      CheckReport report = new Qcow2Check(file, Qcow2Header.read(file)).run();
      assertThat(report.findings()).isEmpty();
    }
    QemuImg.img(folder, "check", "-q", "-f", "qcow2", image);
    QemuImg.img(folder, "convert", "-f", "qcow2", "-O", "raw", image, "seen.raw");
    byte[] seen = Files.readAllBytes(folder.resolve("seen.raw"));
    assertThat(Arrays.mismatch(seen, expected)).isEqualTo(-1);
  }

  @ParameterizedTest
  @MethodSource("options")
  void whatAtollWritesIntoAnImageQemuReadsAndFindsWhole(String options) throws IOException {
    QemuImg.img(folder, "create", "-q", "-f", "qcow2", "-o", options, "a.qcow2", "" + SIZE);
    RandomUse use = new RandomUse(options.hashCode(), new byte[SIZE], 200_000);
    for (int round = 0; round < 3; round++) {
      try (BlockBackend disk = open("a.qcow2")) {
        use.check(disk);
        use.steps(disk, 60);
      }
      agrees("a.qcow2", use.expected());
    }
  }

  @ParameterizedTest
  @MethodSource("options")
  void whatQemuWritesAtollReadsAndGoesOnWith(String options) throws IOException {
    byte[] content = random(options.hashCode());
    Files.write(folder.resolve("content.raw"), content);
    boolean packs = !options.contains("preallocation") && !options.contains("data_file");
    for (boolean compressed : packs ? new boolean[] {false, true} : new boolean[] {false}) {
      QemuImg.img(
          folder,
          Stream.concat(
                  Stream.of("convert", "-f", "raw", "-O", "qcow2", "-o", options),
                  Stream.concat(
                      compressed ? Stream.of("-c") : Stream.of(),
                      Stream.of("content.raw", "a.qcow2")))
              .toArray(String[]::new));
      RandomUse use = new RandomUse(7, content.clone(), 100_000);
      try (BlockBackend disk = open("a.qcow2")) {
        assertThat(disk.size()).isEqualTo(SIZE);
        use.check(disk);
        use.steps(disk, 40);
        use.check(disk);
      }
      agrees("a.qcow2", use.expected());
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void overlaysOfQemuOverAnyFormatAreWrittenAndTheirBackingFilesAreNot(String options)
      throws IOException {
    byte[] content = Arrays.copyOf(random(3), 2 << 20); // Shorter than the overlay.
    Files.write(folder.resolve("base.raw"), content);
    QemuImg.img(folder, "convert", "-f", "raw", "-O", "qcow2", "-c", "base.raw", "base.qcow2");
    for (String format : List.of("raw", "qcow2")) {
      String base = "base." + format;
      byte[] before = Files.readAllBytes(folder.resolve(base));
      QemuImg.img(
          folder, "create", "-q", "-f", "qcow2", "-b", base, "-F", format, "-o", options, "o.qcow2",
          "" + SIZE);
      RandomUse use = new RandomUse(9, Arrays.copyOf(content, SIZE), 150_000);
      for (int round = 0; round < 2; round++) {
        try (BlockBackend disk = open("o.qcow2")) {
          use.check(disk);
          use.steps(disk, 50);
        }
        agrees("o.qcow2", use.expected());
      }
      assertThat(Files.readAllBytes(folder.resolve(base))).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void internalSnapshotsKeepWhatTheyHave(String options) throws IOException {
    byte[] content = random(5);
    Files.write(folder.resolve("content.raw"), content);
    QemuImg.img(
        folder, "convert", "-f", "raw", "-O", "qcow2", "-o", options, "content.raw", "a.qcow2");
    QemuImg.img(folder, "snapshot", "-c", "first", "a.qcow2");
    RandomUse use = new RandomUse(11, content.clone(), 150_000);
    try (BlockBackend disk = open("a.qcow2")) {
      use.steps(disk, 60);
    }
    agrees("a.qcow2", use.expected());
    byte[] second = use.expected().clone();
    QemuImg.img(folder, "snapshot", "-c", "second", "a.qcow2");
    try (BlockBackend disk = open("a.qcow2")) {
      use.check(disk);
      use.steps(disk, 60);
    }
    agrees("a.qcow2", use.expected());
    QemuImg.img(folder, "snapshot", "-a", "first", "a.qcow2");
    agrees("a.qcow2", content);
    QemuImg.img(folder, "snapshot", "-a", "second", "a.qcow2");
    agrees("a.qcow2", second);
    QemuImg.img(folder, "snapshot", "-d", "first", "a.qcow2");
    RandomUse after = new RandomUse(12, second, 150_000);
    try (BlockBackend disk = open("a.qcow2")) {
      after.steps(disk, 30);
    }
    agrees("a.qcow2", after.expected());
  }
}

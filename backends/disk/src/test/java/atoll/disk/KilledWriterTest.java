package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.BlockBackend;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that is killed at any moment leaves whole images with all that was flushed. */
class KilledWriterTest {
  private static final int SIZE = 8 << 20;
  private static final int BLOCK = 4096;
  private static final int BLOCKS = SIZE / BLOCK;

  @TempDir private Path folder;

  /** Writes blocks with a generation each, flushes, and says so, until it is killed. */
  static final class Victim {
    private Victim() {}

    public static void main(String[] args) throws IOException {
      int first = Integer.parseInt(args[1]);
      Random random = new Random(first);
      BlockBackend disk = DiskImages.open(Path.of(args[0]), Optional.empty(), false);
      for (int generation = first; ; generation++) {
        for (int block : blocks(random)) {
          disk.write((long) block * BLOCK, MemorySegment.ofArray(block(block, generation)));
        }
        disk.flush();
        System.out.println(generation);
      }
    }
  }

  /** What one generation writes. */
  private static int[] blocks(Random random) {
    return random.ints(20, 0, BLOCKS).toArray();
  }

  private static byte[] block(int number, int generation) {
    ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
    while (bytes.hasRemaining()) {
      bytes.putInt(number).putInt(generation);
    }
    return bytes.array();
  }

  private Path create(String kind) throws IOException {
    Path image = Files.createFile(folder.resolve("disk.img"));
    if (kind.equals("raw")) {
      Files.write(image, new byte[SIZE]);
      return image;
    }
    ImageOptions options = ImageOptions.usual(DiskFormat.QCOW2);
    if (kind.equals("overlay")) {
      Files.write(folder.resolve("base.img"), new byte[SIZE]);
      options = options.over("base.img", DiskFormat.RAW);
    }
    try (ImageFile file = ImageFile.open(image, false)) {
      new Qcow2Creator(file, file, options).create(SIZE);
    }
    return image;
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2", "overlay"})
  @Timeout(1200)
  void whatWasFlushedIsThereAndTheImageIsWhole(String kind) throws Exception {
    Path image = create(kind);
    Random random = new Random(kind.hashCode());
    int[] kept = new int[BLOCKS];
    int generation = 1;
    for (int kill = 0; kill < 3; kill++) {
      int flushed = kill(image, generation, generation + 1 + random.nextInt(60));
      keep(kept, generation, flushed);
      check(image, kind, kept);
      generation = flushed + 1000; // Above all that the killed one may have written.
    }
  }

  /** Notes the generation of each block that a victim has flushed. */
  private static void keep(int[] kept, int first, int flushed) {
    Random random = new Random(first);
    for (int generation = first; generation <= flushed; generation++) {
      for (int block : blocks(random)) {
        kept[block] = generation;
      }
    }
  }

  /** Returns the last generation that was said to be flushed. */
  private static int kill(Path image, int first, int last) throws Exception {
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                image.toString(),
                "" + first)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int flushed = 0;
    try (BufferedReader said = victim.inputReader()) {
      while (flushed < last) {
        flushed = Integer.parseInt(said.readLine());
      }
    } finally {
      victim.destroyForcibly();
    }
    assertThat(victim.waitFor()).isEqualTo(128 + 9);
    return flushed;
  }

  private void check(Path image, String kind, int[] kept) throws IOException {
    if (!kind.equals("raw")) {
      try (Storage file = ImageFile.look(image)) {
        CheckReport report = new Qcow2Check(file, Qcow2Header.read(file)).run();
        assertThat(report.corruptions()).as(report.findings()::toString).isZero();
      }
    }
    try (BlockBackend disk = DiskImages.open(image, Optional.empty(), false)) {
      for (int block = 0; block < BLOCKS; block++) {
        check(ByteBuffer.wrap(RandomUse.read(disk, (long) block * BLOCK, BLOCK)), block, kept);
      }
    }
  }

  /**
   * A write that was not flushed may have come in part, as on a disk that loses its power: each of
   * its words is what was flushed, or newer.
   */
  private static void check(ByteBuffer bytes, int block, int[] kept) {
    while (bytes.hasRemaining()) {
      int number = bytes.getInt();
      int generation = bytes.getInt();
      assertThat(generation).as("block %d", block).isGreaterThanOrEqualTo(kept[block]);
      assertThat(number).as("block %d", block).isEqualTo(generation == 0 ? 0 : block);
    }
  }
}

package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.BlockBackend;
import atoll.disk.DiskFormat;
import atoll.disk.DiskImages;
import atoll.disk.DiskLocation;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a guest has written and flushed is on the disk, whatever happens to the process. */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#shipped")
class DiskDurabilityTest {
  private static final int BYTES = 64 * 512;
  private static final int SIZE = 1 << 20;

  /** Of each kind of image; more by {@code -Datoll.test.kills=N}. */
  private static final int KILLS = Integer.getInteger("atoll.test.kills", 1);

  private static final int LATEST = 60;
  private static final String FLUSHED = "flushed ";

  @Parameter Engine engine;
  @TempDir Path folder;

  private Path disk() throws IOException {
    Path file = folder.resolve("disk.img");
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength(SIZE);
    }
    return file;
  }

  /** A new image. */
  private Path image(String kind) throws IOException {
    Path raw = disk();
    if (kind.equals("raw")) {
      return raw;
    }
    Path image = folder.resolve("disk.qcow2");
    ImageOptions options = ImageOptions.usual(DiskFormat.QCOW2);
    ImageTool.create(
        image,
        OptionalLong.of(SIZE),
        kind.equals("overlay") ? options.over("disk.img", DiskFormat.RAW) : options);
    return image;
  }

  /** The lowest that any of its sectors has, of which each is whole. */
  static long generation(Path file) throws IOException {
    byte[] bytes = new byte[BYTES];
    try (BlockBackend disk =
        DiskImages.open(DiskLocation.of(file), Optional.empty(), true, text -> {})) {
      disk.read(0, MemorySegment.ofArray(bytes));
    }
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long lowest = Long.MAX_VALUE;
    for (int i = 0; i < BYTES / 8; i++) {
      long word = data.getLong(i * 8);
      assertThat(word & 0xffff_ffffL).isEqualTo(i);
      lowest = Math.min(lowest, word >>> 32);
    }
    return lowest;
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2", "overlay"})
  void whatWasFlushedSurvivesAKilledProcess(String kind) throws Exception {
    Random random = new Random(kind.hashCode() + KILLS);
    for (int kill = 0; kill < KILLS; kill++) {
      Path image = image(kind);
      long flushed = kill(image, 1 + random.nextInt(LATEST));
      assertThat(generation(image)).isGreaterThanOrEqualTo(flushed);
      ImageTool.check(DiskLocation.of(image), Optional.empty(), ImageTool.Repair.NOTHING)
          .ifPresent(
              report -> assertThat(report.corruptions()).as(report.findings().toString()).isZero());
    }
  }

  /** Kills a process whose guest has said that so much is flushed; returns what it has said. */
  private long kill(Path image, long last) throws IOException, InterruptedException {
    List<String> said =
        KilledProcess.run(
            DiskVictim.class,
            List.of(engine.name(), image.toString()),
            line -> flushed(line) >= last);
    assertThat(flushed(said.getLast())).isEqualTo(last);
    return last;
  }

  private static long flushed(String line) {
    return line.startsWith(FLUSHED) ? Long.parseLong(line.substring(FLUSHED.length()).strip()) : 0;
  }

  @Test
  void whatWasWrittenIsReadBackAndIsInTheFileAtTheEnd() throws IOException, InterruptedException {
    Path file = disk();
    try (RawDisk disk = RawDisk.open(file, false);
        TestVm vm =
            TestVm.guest(
                engine, "disk", 1, "generations=33", config -> config.disks(List.of(disk)))) {
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(vm.console().text()).contains("2048 sectors", "disk: verified");
    }
    assertThat(generation(file)).isEqualTo(33);
  }
}

package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whenever a process or its host ends, a qcow2 image is whole and has what was flushed. */
class PowerCutTest {
  private static final int SIZE = 1 << 20;
  private static final int SECTOR = 512;
  private static final int CUTS = 20;

  /** A sector's number and how often it was written, all over it. */
  private static byte[] sector(int number, int generation) {
    ByteBuffer bytes = ByteBuffer.allocate(SECTOR);
    while (bytes.hasRemaining()) {
      bytes.putInt(number).putInt(generation);
    }
    return bytes.array();
  }

  static Stream<ImageOptions> options() {
    List<ImageOptions> all = new ArrayList<>();
    for (int bits : new int[] {1, 16, 64}) {
      for (boolean lazy : new boolean[] {false, true}) {
        all.add(options(512, bits, lazy, false));
        all.add(options(4096, bits, lazy, false));
      }
    }
    all.add(options(16_384, 16, false, true));
    all.add(options(16_384, 16, true, true));
    all.add(options(65_536, 16, false, false));
    return all.stream();
  }

  private static ImageOptions options(int cluster, int bits, boolean lazy, boolean extended) {
    return new ImageOptions(
        DiskFormat.QCOW2,
        3,
        cluster,
        bits,
        lazy,
        extended,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        ImageOptions.Preallocation.OFF);
  }

  private static Qcow2Disk open(Storage file) throws IOException {
    Qcow2Header header = Qcow2Header.read(file);
    if (header.dirty()) {
      Qcow2Repair.counts(file, header);
    }
    return new Qcow2Disk(new Qcow2Metadata(file, file, header), Optional.empty(), false, "");
  }

  /** What was asked of the disk, and what of it must be there after which step of its file. */
  private static final class History {
    private final int[] written = new int[SIZE / SECTOR];
    private final List<int[]> flushed = new ArrayList<>();
    private final List<Integer> after = new ArrayList<>();

    void flushed(int step) {
      flushed.add(written.clone());
      after.add(step);
    }

    /** The generations that a file with so many steps must have at least. */
    int[] due(int steps) {
      int[] due = new int[SIZE / SECTOR];
      for (int n = 0; n < after.size() && after.get(n) <= steps; n++) {
        due = flushed.get(n);
      }
      return due;
    }
  }

  @ParameterizedTest
  @MethodSource("options")
  void theImageIsWholeAndHasWhatWasFlushed(ImageOptions options) throws IOException {
    MemoryStorage made = new MemoryStorage(new byte[0]);
    new Qcow2Creator(made, made, options).create(SIZE);
    MemoryStorage file = new MemoryStorage(made.bytes());
    History history = new History();
    Random random = new Random(options.hashCode());
    try (Qcow2Disk disk = open(file)) {
      use(disk, file, history, random);
    }
    for (int n = 0; n < CUTS; n++) {
      int steps = random.nextInt(file.steps() + 1);
      check(file.afterKill(steps), history.due(steps), history.written);
      check(file.afterPowerCut(steps, random), history.due(steps), history.written);
    }
  }

  /**
   * What cannot be written is an error of that write; the disk goes on when there is room again.
   */
  @ParameterizedTest
  @MethodSource("options")
  void aFullHostDoesNoHarm(ImageOptions options) throws IOException {
    MemoryStorage file = new MemoryStorage(new byte[0]);
    new Qcow2Creator(file, file, options).create(SIZE);
    RandomUse use = new RandomUse(2, new byte[SIZE], 20_000);
    try (Qcow2Disk disk = open(file)) {
      use.steps(disk, 20);
      disk.flush();
      file.most = file.size();
      int failed = 0;
      for (int n = 0; n < 20; n++) {
        failed += fails(disk, (long) n * SIZE / 20 & -SECTOR) ? 1 : 0;
      }
      assertThat(failed).isPositive();
      file.most = Long.MAX_VALUE;
      disk.write(0, MemorySegment.ofArray(use.expected()));
      disk.flush();
      use.check(disk);
    }
    assertThat(new Qcow2Check(file, Qcow2Header.read(file)).run().findings()).isEmpty();
  }

  private static boolean fails(BlockBackend disk, long offset) {
    try {
      disk.write(offset, MemorySegment.ofArray(new byte[SIZE / 20 & -SECTOR]));
      disk.flush();
      return false;
    } catch (IOException e) {
      assertThat(e).hasMessage("No space left on device");
      return true;
    }
  }

  private static void use(BlockBackend disk, MemoryStorage file, History history, Random random)
      throws IOException {
    for (int n = 0; n < 80; n++) {
      int count = 1 + random.nextInt(60);
      int first = random.nextInt(SIZE / SECTOR - count);
      if (random.nextInt(10) == 0) {
        disk.discard((long) first * SECTOR, (long) count * SECTOR);
      }
      ByteBuffer bytes = ByteBuffer.allocate(count * SECTOR);
      for (int i = first; i < first + count; i++) {
        bytes.put(sector(i, ++history.written[i]));
      }
      disk.write((long) first * SECTOR, MemorySegment.ofBuffer(bytes.flip()));
      if (random.nextInt(6) == 0) {
        disk.flush();
        history.flushed(file.steps());
      }
    }
  }

  /** Each sector is as it was flushed or as it was written later, but for what was discarded. */
  private static void check(MemoryStorage file, int[] due, int[] newest) throws IOException {
    if (!Qcow2Header.read(file).dirty()) {
      CheckReport report = new Qcow2Check(file, Qcow2Header.read(file)).run();
      assertThat(report.corruptions()).as(report.findings()::toString).isZero();
    }
    try (Qcow2Disk disk = open(file)) {
      CheckReport report = new Qcow2Check(file, Qcow2Header.read(file)).run();
      assertThat(report.corruptions()).as(report.findings()::toString).isZero();
      for (int n = 0; n < due.length; n++) {
        ByteBuffer bytes = ByteBuffer.wrap(RandomUse.read(disk, (long) n * SECTOR, SECTOR));
        int number = bytes.getInt(0);
        int generation = bytes.getInt(4);
        if (generation != 0) {
          assertThat(number).isEqualTo(n);
          assertThat(bytes.array()).isEqualTo(sector(n, generation));
        }
        assertThat(generation).isBetween(due[n], newest[n]);
      }
    }
  }
}

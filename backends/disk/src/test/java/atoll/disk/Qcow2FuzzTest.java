package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged and hostile images: an I/O error at most, within bounds of memory and time. */
class Qcow2FuzzTest {
  private static final int SIZE = 1 << 20;
  private static final int ROUNDS = 400;
  private static final long[] VALUES = {
    0,
    1,
    -1,
    512,
    65_536,
    0x8000_0000_0001_0000L,
    Long.MIN_VALUE,
    Long.MAX_VALUE,
    1L << 62,
    3L << 62,
    1L << 40
  };

  private static byte[] image(ImageOptions options) throws IOException {
    MemoryStorage file = new MemoryStorage(new byte[0]);
    new Qcow2Creator(file, file, options).create(SIZE);
    try (Qcow2Disk disk = open(file)) {
      new RandomUse(1, new byte[SIZE], 100_000).steps(disk, 30);
      byte[] cluster = new byte[options.clusterSize()];
      disk.writeCompressed(0, MemorySegment.ofArray(cluster), cluster.length);
    }
    return file.bytes();
  }

  private static Qcow2Disk open(Storage file) throws IOException {
    Qcow2Header header = Qcow2Header.read(file);
    if (header.dirty()) {
      Qcow2Repair.counts(file, header);
    }
    return new Qcow2Disk(new Qcow2Metadata(file, file, header), Optional.empty(), false, "");
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096, 65_536})
  void nothingButAnErrorComesOfADamagedImage(int cluster) throws IOException {
    for (boolean zstd : new boolean[] {false, true}) {
      ImageOptions options =
          new ImageOptions(
              DiskFormat.QCOW2,
              3,
              cluster,
              16,
              zstd,
              cluster == 65_536,
              zstd,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              false,
              ImageOptions.Preallocation.OFF);
      byte[] whole = image(options);
      for (int seed = 0; seed < ROUNDS; seed++) {
        int n = seed;
        Assertions.assertTimeoutPreemptively(
            Duration.ofSeconds(20), () -> use(damaged(whole, new Random(n)), n), "seed " + n);
      }
    }
  }

  @Test
  void damagedSnapshotsCostAnErrorAtMost() throws IOException {
    MemoryStorage file = new MemoryStorage(image(ImageOptions.usual(DiskFormat.QCOW2)));
    try (Qcow2Snapshots snapshots = new Qcow2Snapshots(file)) {
      snapshots.create("a", 1);
      snapshots.create("b", 2);
    }
    byte[] whole = file.bytes();
    for (int seed = 0; seed < ROUNDS; seed++) {
      int n = seed;
      Assertions.assertTimeoutPreemptively(
          Duration.ofSeconds(20), () -> snapshots(whole, new Random(n)), "seed " + n);
    }
  }

  private static void snapshots(byte[] whole, Random random) {
    byte[] bytes = whole.clone();
    ByteBuffer at = ByteBuffer.wrap(bytes);
    int table = (int) at.getLong(64);
    for (int n = 0; n <= random.nextInt(3); n++) {
      at.putLong(table + random.nextInt(100), VALUES[random.nextInt(VALUES.length)]);
    }
    MemoryStorage file = damaged(bytes, random);
    for (int n = 0; n < 3; n++) {
      try (Qcow2Snapshots snapshots = new Qcow2Snapshots(file)) {
        switch (random.nextInt(3)) {
          case 0 -> snapshots.create("c", 3);
          case 1 -> snapshots.apply("a");
          default -> snapshots.delete("b");
        }
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  private static MemoryStorage damaged(byte[] whole, Random random) {
    byte[] bytes = whole.clone();
    ByteBuffer at = ByteBuffer.wrap(bytes);
    Qcow2Tables tables = new Qcow2Tables(ByteBuffer.wrap(whole));
    for (int n = 0; n <= random.nextInt(4); n++) {
      int place = Math.clamp(tables.somewhere(random), 0, bytes.length - 8);
      if (random.nextBoolean()) {
        at.put(place, (byte) random.nextInt());
      } else {
        at.putLong(place & -8, VALUES[random.nextInt(VALUES.length)]);
      }
    }
    MemoryStorage file = new MemoryStorage(bytes);
    file.most = 64 << 20;
    return file;
  }

  /** Where the tables of an image are. */
  private record Qcow2Tables(ByteBuffer bytes) {
    int somewhere(Random random) {
      int cluster = 1 << bytes.getInt(20);
      return switch (random.nextInt(5)) {
        case 0 -> random.nextInt(120);
        case 1 -> (int) bytes.getLong(40) + random.nextInt(8 * Math.max(1, bytes.getInt(36)));
        case 2 -> (int) bytes.getLong(48) + random.nextInt(64);
        case 3 -> (int) bytes.getLong((int) bytes.getLong(48)) + random.nextInt(64);
        default -> {
          int table = (int) (bytes.getLong((int) bytes.getLong(40)) & L2Entry.OFFSET);
          yield table + random.nextInt(Math.min(cluster, 512));
        }
      };
    }
  }

  private static void use(MemoryStorage file, int seed) {
    Random random = new Random(seed);
    try (Qcow2Disk disk = open(file)) {
      for (int n = 0; n < 20; n++) {
        step(disk, random);
      }
    } catch (IOException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
    try {
      new Qcow2Check(file, Qcow2Header.read(file)).run();
    } catch (IOException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private static void step(Qcow2Disk disk, Random random) throws IOException {
    long size = Math.min(disk.size(), 4L * SIZE);
    if (size < 65_536) {
      return;
    }
    long offset = random.nextLong(size - 32_768);
    MemorySegment bytes = MemorySegment.ofArray(new byte[32_768]);
    List<Work> works =
        List.of(
            () -> disk.read(offset, bytes),
            () -> disk.write(offset, bytes),
            () -> disk.writeZeroes(offset, 32_768, true),
            () -> disk.discard(offset, 32_768),
            disk::flush);
    try {
      works.get(random.nextInt(works.size())).perform();
    } catch (IOException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  /** Something that is done with a disk. */
  @FunctionalInterface
  private interface Work {
    void perform() throws IOException;
  }
}

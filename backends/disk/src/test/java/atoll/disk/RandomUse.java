package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Uses a disk at random, and knows what it should have. */
final class RandomUse {
  private static final int SECTOR = 512;

  private final Random random;
  private final byte[] expected;
  private final int longest;

  /**
   * Begins with what a disk has.
   *
   * @param longest most bytes of a request
   */
  RandomUse(long seed, byte[] expected, int longest) {
    random = new Random(seed);
    this.expected = expected;
    this.longest = longest;
  }

  byte[] expected() {
    return expected;
  }

  /** Does something to the disk. */
  void step(BlockBackend disk) throws IOException {
    int length = SECTOR * (1 + random.nextInt(longest / SECTOR));
    int offset = SECTOR * random.nextInt(expected.length / SECTOR);
    length = Math.min(length, expected.length - offset);
    switch (random.nextInt(10)) {
      case 0 -> disk.flush();
      case 1 -> zero(disk, offset, length);
      case 2 -> discard(disk, offset, length);
      case 3 -> assertThat(read(disk, offset, length)).isEqualTo(range(offset, length));
      case 4 -> assertThat(readInPieces(disk, offset, length)).isEqualTo(range(offset, length));
      case 5 -> write(disk, offset, SECTOR);
      default -> write(disk, offset, length);
    }
  }

  void steps(BlockBackend disk, int count) throws IOException {
    for (int n = 0; n < count; n++) {
      step(disk);
    }
  }

  void write(BlockBackend disk, int offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    if (random.nextInt(4) > 0) {
      random.nextBytes(bytes);
    }
    if (random.nextBoolean()) {
      disk.write(offset, MemorySegment.ofArray(bytes));
    } else {
      MemorySegment memory = memory(length).copyFrom(MemorySegment.ofArray(bytes));
      disk.write(offset, pieces(memory));
    }
    System.arraycopy(bytes, 0, expected, offset, length);
  }

  private void zero(BlockBackend disk, int offset, int length) throws IOException {
    disk.writeZeroes(offset, length, random.nextBoolean());
    Arrays.fill(expected, offset, offset + length, (byte) 0);
  }

  /** What is discarded may stay or be zero; it does not become anything else. */
  private void discard(BlockBackend disk, int offset, int length) throws IOException {
    disk.discard(offset, length);
    byte[] now = read(disk, offset, length);
    for (int i = 0; i < length; i++) {
      if (now[i] != 0) {
        assertThat(now[i]).isEqualTo(expected[offset + i]);
      }
    }
    System.arraycopy(now, 0, expected, offset, length);
  }

  private byte[] readInPieces(BlockBackend disk, int offset, int length) throws IOException {
    MemorySegment memory = memory(length);
    if (!disk.readNow(offset, pieces(memory))) {
      disk.read(offset, pieces(memory));
    }
    return memory.toArray(ValueLayout.JAVA_BYTE);
  }

  /** In the heap or outside, and not zero. */
  private MemorySegment memory(int length) {
    MemorySegment memory =
        random.nextBoolean()
            ? MemorySegment.ofArray(new byte[length])
            : Arena.ofAuto().allocate(length);
    return memory.fill((byte) 0x5a);
  }

  /** Cut at any place. */
  private List<MemorySegment> pieces(MemorySegment whole) {
    List<MemorySegment> pieces = new ArrayList<>();
    for (long at = 0; at < whole.byteSize(); ) {
      long size = Math.min(whole.byteSize() - at, 1 + random.nextInt(10_000));
      pieces.add(whole.asSlice(at, size));
      at += size;
    }
    return pieces;
  }

  private byte[] range(int offset, int length) {
    return Arrays.copyOfRange(expected, offset, offset + length);
  }

  static byte[] read(BlockBackend disk, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    disk.read(offset, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** The disk has what it should have. */
  void check(BlockBackend disk) throws IOException {
    assertThat(Arrays.mismatch(read(disk, 0, expected.length), expected)).isEqualTo(-1);
  }
}

package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class HostFileTest {
  @TempDir private Path directory;
  private Path path;

  @BeforeEach
  void create() throws IOException {
    path = directory.resolve("file");
    byte[] bytes = new byte[1 << 20];
    Arrays.fill(bytes, (byte) 7);
    Files.write(path, bytes);
  }

  private HostFile open(boolean write) throws IOException {
    return HostFile.open(path, write).orElseThrow();
  }

  @Test
  void aSharedLockIsSeenByEveryOtherHandleUntilItsOwnIsClosed() throws IOException {
    try (HostFile second = open(true);
        HostFile reader = open(false)) {
      try (HostFile first = open(true)) {
        assertThat(first.shareLock(101)).isTrue();
        assertThat(first.lockedByOthers(101)).isFalse();
        Files.readAllBytes(path); // Opening and closing the file elsewhere drops no lock.
        assertThat(second.lockedByOthers(101)).isTrue();
        assertThat(second.lockedByOthers(102)).isFalse();
        assertThat(reader.lockedByOthers(101)).isTrue();
        assertThat(reader.shareLock(101)).isTrue();
      }
      assertThat(second.lockedByOthers(101)).isTrue();
      assertThat(reader.lockedByOthers(101)).isFalse();
    }
  }

  @Test
  void dataAndHolesAreFound() throws IOException {
    try (HostFile file = open(true)) {
      assumeTrue(file.punchHole(65_536, 65_536), "this file system has no holes");
      assertThat(file.seek(0, false, 1 << 20)).isEqualTo(65_536);
      assertThat(file.seek(65_536, true, 1 << 20)).isEqualTo(131_072);
      assertThat(file.seek(131_072, false, 1 << 20)).isEqualTo(1 << 20);
      assertThat(file.seek(1 << 20, true, 1 << 20)).isEqualTo(1 << 20);
    }
  }

  @Test
  void aHoleReadsAsZeroesAndFreesBlocks() throws IOException {
    try (HostFile file = open(true)) {
      assumeTrue(file.punchHole(4096, 8192), "this file system has no holes");
      byte[] bytes = Files.readAllBytes(path);
      assertThat(bytes).hasSize(1 << 20);
      assertThat(Arrays.copyOfRange(bytes, 4096, 12288)).containsOnly(0);
      assertThat(bytes[4095]).isEqualTo((byte) 7);
      assertThat(bytes[12288]).isEqualTo((byte) 7);
      assertThat(file.punchHole(5, 0)).isTrue();
    }
  }

  @Test
  void aZeroedRangeReadsAsZeroes() throws IOException {
    try (HostFile file = open(true)) {
      assumeTrue(file.zeroRange(1000, 10_000), "this file system cannot zero ranges");
      byte[] bytes = Files.readAllBytes(path);
      assertThat(Arrays.copyOfRange(bytes, 1000, 11_000)).containsOnly(0);
      assertThat(bytes[999]).isEqualTo((byte) 7);
      assertThat(bytes[11_000]).isEqualTo((byte) 7);
    }
  }

  @Test
  void piecesOfMemoryAreReadAndWrittenByOneCall() throws IOException {
    try (HostFile file = open(true);
        Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocate(3).fill((byte) 1);
      MemorySegment other = arena.allocate(5000).fill((byte) 2);
      assertThat(file.write(List.of(one, other), 4095)).isEqualTo(5003);
      MemorySegment head = arena.allocate(2);
      MemorySegment tail = arena.allocate(6000);
      assertThat(file.read(List.of(head, tail), 4094)).isEqualTo(6002);
      assertThat(head.toArray(ValueLayout.JAVA_BYTE)).containsExactly(7, 1);
      byte[] read = tail.toArray(ValueLayout.JAVA_BYTE);
      assertThat(Arrays.copyOf(read, 4)).containsExactly(1, 1, 2, 2);
      assertThat(Arrays.copyOfRange(read, 5002, 6000)).containsOnly(7);
      long end = (1 << 20) - 10;
      assertThat(file.read(List.of(head, tail), end)).isEqualTo(10);
      assertThat(file.read(List.of(head, tail), 1 << 20)).isZero();
    }
  }

  @Test
  void whatTheHostHasInMemoryIsReadAtOnceOrNotAtAll() throws IOException {
    byte[] there = Files.readAllBytes(path); // which brings it into the host's memory
    try (HostFile file = open(false);
        Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(4096);
      long read = file.readNow(List.of(into), 4096);
      assertThat(read).isIn(4096L, HostFile.NOTHING); // some file systems do not know
      if (read > 0) {
        assertThat(into.toArray(ValueLayout.JAVA_BYTE))
            .isEqualTo(Arrays.copyOfRange(there, 4096, 8192));
      }
    }
  }

  @Test
  void moreThanOneCallCanTakeIsTakenInParts() throws IOException {
    try (HostFile file = open(true);
        Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate(1500).fill((byte) 9);
      List<MemorySegment> bytes =
          IntStream.range(0, 1500).mapToObj(n -> all.asSlice(n, 1)).toList();
      assertThat(file.write(bytes, 0)).isEqualTo(1024);
    }
  }

  @Test
  void whatCannotBeMovedIsNothing() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      List<MemorySegment> some = List.of(arena.allocate(10));
      HostFile reader = open(false);
      assertThat(reader.write(some, 0)).isEqualTo(HostFile.NOTHING);
      reader.close();
      assertThat(reader.read(some, 0)).isEqualTo(HostFile.NOTHING);
      assertThat(reader.readNow(some, 0)).isEqualTo(HostFile.NOTHING);
    }
  }

  @Test
  void errorsNameTheFile() throws IOException {
    assertThatThrownBy(() -> HostFile.open(directory.resolve("none"), false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none")
        .hasMessageContaining("error 2");
    try (HostFile reader = open(false)) {
      assertThatThrownBy(() -> reader.punchHole(0, 4096))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("file");
    }
  }
}

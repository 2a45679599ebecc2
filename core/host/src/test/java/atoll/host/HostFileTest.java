package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

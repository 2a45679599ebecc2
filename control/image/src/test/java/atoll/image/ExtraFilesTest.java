package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExtraFilesTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"rwxr-xr-x", "rw-r--r--", "rw-------", "r-xr-x---", "---------"})
  void permissionsAreKept(String permissions) throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "content");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    assumeTrue(Files.isReadable(file), "only root may read a file without permissions");
    CpioReader.Entry entry = entry(Map.of("/a/b", file), "a/b");
    assertThat(entry.mode() & 0170777).isEqualTo(0100000 | bits(permissions));
    assertThat(entry.text()).isEqualTo("content");
  }

  private static int bits(String permissions) {
    int bits = 0;
    for (int i = 0; i < permissions.length(); i++) {
      bits = bits << 1 | (permissions.charAt(i) == '-' ? 0 : 1);
    }
    return bits;
  }

  private static CpioReader.Entry entry(Map<String, Path> files, String name) {
    return CpioReader.read(ExtraFiles.pack(files)).get(name);
  }

  @Test
  void aFileThatHasGoneIsNamedWithItsPlaceInTheGuest() {
    Path file = folder.resolve("gone");
    assertThatThrownBy(() -> ExtraFiles.pack(Map.of("/etc/motd", file)))
        .isInstanceOf(RefusedException.class)
        .hasMessageStartingWith(file + ", which is to be /etc/motd in the guest, cannot be read");
  }

  @Test
  void moreThanAnInitialRamDiskShouldHoldIsRefusedBeforeItIsRead() throws IOException {
    Path file = folder.resolve("large");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength((1L << 30) + 1);
    }
    assertThatThrownBy(() -> ExtraFiles.pack(Map.of("/large", file)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("expected at most 1G; put them on a disk");
  }
}

package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.BlockBackend;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** QEMU keeps out of what Atoll uses, and Atoll out of what QEMU uses. */
class QemuLockTest {
  @TempDir private Path folder;

  @BeforeEach
  void tools() {
    QemuImg.assumeInstalled();
  }

  private Path create(DiskFormat format) {
    QemuImg.img(folder, "create", "-q", "-f", format.word(), "a.img", "1M");
    return folder.resolve("a.img");
  }

  private int io(DiskFormat format, boolean readOnly, String command) {
    List<String> words =
        readOnly
            ? List.of("-r", "-f", format.word(), "-c", command, "a.img")
            : List.of("-f", format.word(), "-c", command, "a.img");
    QemuImg.Said said = QemuImg.run(folder, "qemu-io", words);
    if (said.code() != 0) {
      assertThat(said.text()).contains("Failed to get").contains("lock");
    }
    return said.code();
  }

  @ParameterizedTest
  @EnumSource
  void qemuIsKeptOutOfWhatAtollUses(DiskFormat format) throws IOException {
    Path image = create(format);
    try (BlockBackend disk = DiskImages.open(image, Optional.of(format), false)) {
      assertThat(disk.size()).isEqualTo(1 << 20);
      assertThat(io(format, false, "write 0 512")).isNotZero();
      if (format == DiskFormat.QCOW2) { // qemu-io does not mind that a raw image changes.
        assertThat(io(format, true, "read 0 512")).isNotZero();
      }
    }
    try (BlockBackend disk = DiskImages.open(image, Optional.of(format), true)) {
      assertThat(disk.readOnly()).isTrue();
      assertThat(io(format, false, "write 0 512")).isNotZero();
      assertThat(io(format, true, "read 0 512")).isZero();
    }
    assertThat(io(format, false, "write 0 512")).isZero();
  }

  @ParameterizedTest
  @EnumSource
  @Timeout(1200)
  void atollIsKeptOutOfWhatQemuUses(DiskFormat format) throws Exception {
    Path image = create(format);
    boolean[] ways = format == DiskFormat.RAW ? new boolean[1] : new boolean[] {false, true};
    for (boolean qemuReads : ways) {
      Process qemu = hold(format, qemuReads);
      try {
        assertThatThrownBy(() -> DiskImages.open(image, Optional.of(format), false))
            .hasMessageContaining("in use by another VM or program");
        if (qemuReads) {
          DiskImages.open(image, Optional.of(format), true).close();
        } else {
          assertThatThrownBy(() -> DiskImages.open(image, Optional.of(format), true))
              .hasMessageContaining("in use");
        }
      } finally {
        qemu.destroyForcibly().waitFor();
      }
    }
    DiskImages.open(image, Optional.of(format), false).close();
  }

  /** A qemu-io that has the image open, and says so. */
  private Process hold(DiskFormat format, boolean readOnly) throws IOException {
    Process qemu =
        new ProcessBuilder("qemu-io", readOnly ? "-r" : "-n", "-f", format.word(), "a.img")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    var commands = qemu.outputWriter();
    commands.write("length\n");
    commands.flush();
    BufferedReader said = qemu.inputReader(); // Open for as long as the process is.
    String line = said.readLine();
    assertThat(line).contains("1 MiB");
    return qemu;
  }

  @Test
  void bothReadTheSameBackingFile() throws IOException {
    create(DiskFormat.QCOW2);
    for (String overlay : List.of("one.qcow2", "two.qcow2")) {
      QemuImg.img(folder, "create", "-q", "-f", "qcow2", "-b", "a.img", "-F", "qcow2", overlay);
    }
    try (BlockBackend disk =
        DiskImages.open(folder.resolve("one.qcow2"), Optional.empty(), false)) {
      assertThat(disk.readOnly()).isFalse();
      QemuImg.io(folder, "two.qcow2", "write 0 512");
      assertThat(io(DiskFormat.QCOW2, false, "write 0 512")).isNotZero();
    }
  }
}

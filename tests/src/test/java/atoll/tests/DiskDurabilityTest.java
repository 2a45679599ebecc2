package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.testkit.GuestProgram;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What a guest has written and flushed is on the disk, whatever happens to the process. */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#shipped")
class DiskDurabilityTest {
  private static final int BYTES = 64 * 512;
  private static final int KILL_AT = 40;

  @Parameter Engine engine;
  @TempDir Path folder;

  private Path disk() throws IOException {
    Path file = folder.resolve("disk.img");
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength(1 << 20);
    }
    return file;
  }

  private static long generation(Path file) throws IOException {
    ByteBuffer data = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    long lowest = Long.MAX_VALUE;
    for (int i = 0; i < BYTES / 8; i++) {
      long word = data.getLong(i * 8);
      assertThat(word & 0xffff_ffffL).isEqualTo(i);
      lowest = Math.min(lowest, word >>> 32);
    }
    return lowest;
  }

  @Test
  void whatWasFlushedSurvivesAKilledProcess() throws IOException, InterruptedException {
    Path file = disk();
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                DiskVictim.class.getName(),
                engine.name(),
                file.toString())
            .directory(GuestProgram.repository().toFile())
            .redirectErrorStream(true)
            .start();
    long flushed = 0;
    StringBuilder said = new StringBuilder();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(victim.getInputStream(), StandardCharsets.ISO_8859_1))) {
      for (String line = in.readLine(); line != null && flushed < KILL_AT; line = in.readLine()) {
        said.append(line).append('\n');
        if (line.startsWith("flushed ")) {
          flushed = Long.parseLong(line.substring("flushed ".length()).strip());
        }
      }
    } finally {
      victim.destroyForcibly(); // SIGKILL
    }
    assertThat(victim.waitFor()).as(said.toString()).isEqualTo(128 + 9);
    assertThat(flushed).isEqualTo(KILL_AT);
    assertThat(generation(file)).isGreaterThanOrEqualTo(flushed);
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

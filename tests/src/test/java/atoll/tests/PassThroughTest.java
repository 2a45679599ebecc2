package atoll.tests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.image.RefusedException;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk or a folder of the host belongs to one guest, and whoever wants it too is told to which.
 */
class PassThroughTest {
  private static final String EXCLUSIVE = "exclusive: true";

  @TempDir Path folder;
  private UnaryOperator<String> environment;
  private Path image;

  @BeforeEach
  void makeAnImage() throws IOException {
    Map<String, String> set =
        Map.of("XDG_DATA_HOME", folder.toString(), "XDG_RUNTIME_DIR", folder.toString());
    environment = name -> set.getOrDefault(name, System.getenv(name));
    image = folder.resolve("disk.img");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(8 << 20);
    }
  }

  private TestSystem start(String name, Path disk) throws IOException {
    String text =
        """
        name: %s
        machine: {cpus: 1, memory: 64M}
        vms:
          recorder: {builtin: hello, memory: 16M, disks: [{file: %s, format: raw}]}
        """
            .formatted(name, disk);
    return TestSystem.start(Files.writeString(folder.resolve(name + ".yaml"), text), environment);
  }

  private TestSystem startSharing(String name, Path shared, String... how) throws IOException {
    String text =
        """
        name: %s
        machine: {cpus: 1, memory: 64M}
        vms:
          recorder: {builtin: hello, memory: 16M, shares: [{folder: %s%s}]}
        """
            .formatted(name, shared, Stream.of(how).map(key -> ", " + key).collect(joining()));
    return TestSystem.start(Files.writeString(folder.resolve(name + ".yaml"), text), environment);
  }

  private void requireRefused(Path shared, String why, String... how) {
    assertThatThrownBy(() -> startSharing("second", shared, how).close())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("second.yaml:4:")
        .hasMessageContaining(
            "%s is in use by VM recorder of the system first (process %d), which %s; end that one"
                .formatted(shared, ProcessHandle.current().pid(), why));
  }

  private String command(String... words) throws Exception {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), US_ASCII);
      assumeTrue(process.waitFor() == 0, said);
      return said.strip();
    } catch (IOException e) {
      return assumeNone(words[0]);
    }
  }

  private static String assumeNone(String tool) {
    assumeTrue(false, tool + " is not installed");
    return "";
  }

  @Test
  void anImageInUseIsRefusedWithItsOwnersName() throws Exception {
    try (TestSystem system = start("first", image)) {
      assertThat(system.vm("recorder").status()).isNotNull();
      assertThatThrownBy(() -> start("second", image).close())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("second.yaml:4:")
          .hasMessageContaining(
              "(it belongs to VM recorder of the system first (process %d))"
                  .formatted(ProcessHandle.current().pid()));
    }
    try (TestSystem again = start("second", image)) {
      assertThat(again.vm("recorder").status()).isNotNull();
    }
    assertThat(folder.resolve("atoll/claims")).isEmptyDirectory();
  }

  @Test
  void aFolderForOneIsRefusedToOthersWithItsOwnersName() throws Exception {
    Path work = Files.createDirectories(folder.resolve("src/my work"));
    Path below = Files.createDirectories(work.resolve("below"));
    Path beside = Files.createDirectories(folder.resolve("src/my"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), below);
    try (TestSystem system = startSharing("first", work, EXCLUSIVE)) {
      assertThat(system.vm("recorder").status()).isNotNull();
      String why = "has %s for itself".formatted(work);
      requireRefused(work, why, EXCLUSIVE);
      requireRefused(work, why, "read-only: true");
      requireRefused(below, why);
      requireRefused(work.getParent(), why);
      assertThatThrownBy(() -> startSharing("second", link).close())
          .hasMessageContaining(below + " is in use by VM recorder");
      startSharing("second", beside, EXCLUSIVE).close();
    }
    startSharing("second", work.getParent(), EXCLUSIVE).close();
    assertThat(folder.resolve("atoll/claims")).isEmptyDirectory();
  }

  @Test
  void aFolderThatOthersUseIsForNobodyAlone() throws Exception {
    Path work = Files.createDirectory(folder.resolve("work"));
    try (TestSystem system = startSharing("first", work)) {
      assertThat(system.vm("recorder").status()).isNotNull();
      startSharing("second", work).close();
      requireRefused(work, "shares " + work, EXCLUSIVE);
    }
    startSharing("second", work, EXCLUSIVE).close();
  }

  @Test
  void aFolderOfAKilledProcessIsFree() throws Exception {
    Path work = Files.createDirectory(folder.resolve("work"));
    Path claims = Files.createDirectories(folder.resolve("atoll/claims"));
    Path kept = folder.resolve("kept");
    try (TestSystem killed = startSharing("first", work, EXCLUSIVE)) {
      assertThat(killed.vm("recorder").status()).isNotNull();
      try (Stream<Path> all = Files.list(claims)) {
        Files.copy(all.findFirst().orElseThrow(), kept);
      }
    }
    Files.move(kept, claims.resolve("folders-1"));
    startSharing("second", work, EXCLUSIVE).close();
    assertThat(claims).isEmptyDirectory();
  }

  @Test
  void aBlockDeviceIsTakenFromTheHostAndGivenBack() throws Exception {
    String loop = command("losetup", "-f", "--show", image.toString());
    try {
      try (TestSystem system = start("first", Path.of(loop))) {
        assertThat(system.vm("recorder").status()).isNotNull();
        assertThatThrownBy(() -> start("second", Path.of(loop)).close())
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining(loop + " is in use by the host")
            .hasMessageContaining("belongs to VM recorder of the system first");
      }
      Path mounted = Files.createDirectory(folder.resolve("mounted"));
      command("mke2fs", "-q", "-F", loop);
      command("mount", loop, mounted.toString());
      try {
        assertThatThrownBy(() -> start("second", Path.of(loop)).close())
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("it is mounted at " + mounted);
      } finally {
        command("umount", mounted.toString());
      }
      try (TestSystem again = start("second", Path.of(loop))) {
        assertThat(again.vm("recorder").status()).isNotNull();
      }
    } finally {
      command("losetup", "-d", loop);
    }
  }
}

package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The committed guest programs are what their sources say. */
class GuestBuildTest {
  private static final Path GUESTS = Road.ROOT.resolve("guests");

  /** The bytes depend on the compiler; this is the one they are committed from. */
  private static final String COMPILER = "12.2.0";

  @Test
  void everyCommittedElfFileEqualsARebuildOfItsSources(@TempDir Path fresh)
      throws IOException, InterruptedException {
    String compiler = output("riscv64-unknown-elf-gcc", "-dumpversion").strip();
    assumeTrue(!compiler.isEmpty(), "riscv64-unknown-elf-gcc is not installed");
    assumeTrue(compiler.equals(COMPILER), "the cross compiler is not " + COMPILER);
    String said = output(GUESTS.resolve("build").toString(), fresh.toString());
    List<Path> built;
    try (Stream<Path> files = Files.walk(fresh)) {
      built = files.filter(p -> p.toString().endsWith(".elf")).sorted().toList();
    }
    assertThat(built).as(said).isNotEmpty();
    for (Path elf : built) {
      Path committed = GUESTS.resolve(fresh.relativize(elf));
      assertThat(Files.mismatch(elf, committed)).as(committed.toString()).isEqualTo(-1);
    }
  }

  private static String output(String... command) throws InterruptedException {
    try {
      Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
      String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      p.waitFor();
      return out;
    } catch (IOException e) {
      return "";
    }
  }
}

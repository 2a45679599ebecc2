package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.testkit.LinuxGuest;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The tutorials' programs do what docs/tutorials says of them. */
@Tag("slow")
class TutorialTest {
  private static final Path HEARTBEAT = Road.ROOT.resolve("examples/heartbeat");

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    assumeTrue(compilerIsInstalled(), "riscv64-unknown-elf-gcc is not installed");
    Process build =
        new ProcessBuilder(HEARTBEAT.resolve("build").toString()).redirectErrorStream(true).start();
    String said = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(build.waitFor()).as(said).isZero();
    assertThat(said).isEmpty();
  }

  private static boolean compilerIsInstalled() {
    return List.of(System.getenv("PATH").split(":", -1)).stream()
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "riscv64-unknown-elf-gcc")));
  }

  @Test
  void heartbeatReachesLinuxThroughItsChannel() throws InterruptedException {
    assumeTrue(
        LinuxGuest.find().isPresent(), "there is no Debian kernel in the cache, nor network");
    try (TestSystem system = TestSystem.start(HEARTBEAT.resolve("heartbeat.yaml"))) {
      system.console("heart").await("I publish my beats in the channel", LIMIT);
      system.console("linux").await(":~# ", LIMIT);
      system.console("linux").type("atoll-channel list\n");
      system.console("linux").await("read-only, the other end is up", LIMIT);
      system.console("linux").type("while atoll-channel wait beat; do echo beat; done\n");
      for (int i = 0; i < 3; i++) {
        system.console("linux").await("0x1\r\nbeat", LIMIT);
      }
    }
  }

  @Test
  void everyPieceOfCodeInTheTutorialIsInItsProgram() throws IOException {
    String program =
        Files.readString(HEARTBEAT.resolve("heartbeat.c"))
            + Files.readString(HEARTBEAT.resolve("start.S"));
    String page = Files.readString(Road.ROOT.resolve("docs/tutorials/bare-metal-beside-linux.md"));
    String[] blocks = page.split("```(asm|c)\n", -1);
    assertThat(blocks).hasSizeGreaterThan(3);
    for (int i = 1; i < blocks.length; i++) {
      for (String line : blocks[i].substring(0, blocks[i].indexOf("```")).split("\n", -1)) {
        String code = line.replaceFirst("/\\*.*", "").strip();
        assertThat(program).contains(code);
      }
    }
  }
}

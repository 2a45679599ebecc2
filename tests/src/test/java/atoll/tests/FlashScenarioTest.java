package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.image.RefusedException;
import atoll.isa.Assembler;
import atoll.scenario.ScenarioException;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** VMs of a scenario that start from flash, with firmware of a few instructions. */
class FlashScenarioTest {
  /** Prints the first byte of its variables, or '?' if that is zero; clears a bit of it. */
  private static final String FIRMWARE =
      """
        li s0, 0x22000000
        li s1, 0x10000000
        lbu t1, 0(s0)
        bnez t1, known
        li t1, '?'
        sb t1, 0(s1)
        li t0, 0x200020
        sw t0, 0(s0)
        li t0, 0xd000d0
        sw t0, 0(s0)
        jal wait
        li t0, 0x400040
        sw t0, 0(s0)
        li t0, 'v'
        sw t0, 0(s0)
        jal wait
        j off
      known:
        sb t1, 0(s1)
      off:
        li t0, 0x100000
        li t1, 0x5555
        sw t1, 0(t0)
      stay:
        j stay
      wait:
        lw t1, 0(s0)
        andi t1, t1, 0x80
        beqz t1, wait
        ret
      """;

  @TempDir private Path folder;

  @BeforeEach
  void writeTheFirmware() throws IOException {
    Files.write(folder.resolve("code.fd"), Assembler.assemble(FIRMWARE, 0x2000_0000L));
  }

  private static String scenario(String... vms) {
    StringBuilder text = new StringBuilder("machine: {memory: 64M, cpus: 2}\nvms:\n");
    for (String vm : vms) {
      text.append(
          "  %s: {uefi: {code: code.fd, vars: vars.fd}, memory: 16M, console: serial}\n"
              .formatted(vm));
    }
    return text.toString();
  }

  private String printed(String text) throws IOException, InterruptedException {
    try (TestSystem system = TestSystem.start(folder, scenario("a"))) {
      system.awaitOver(LIMIT);
      assertThat(system.console("a").text()).isEqualTo(text);
      return text;
    }
  }

  @Test
  void variablesAreMadeAndLastFromOneSystemToTheNext() throws Exception {
    printed("?");
    assertThat(Files.size(folder.resolve("vars.fd"))).isEqualTo(32 << 20);
    printed("v");
  }

  @Test
  void twoVmsCannotShareTheirVariables() {
    assertThatThrownBy(() -> TestSystem.start(folder, scenario("a", "b")))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("vms.b.uefi")
        .hasMessageContaining("vars.fd")
        .hasMessageContaining("in use");
  }

  @Test
  void filesOfAnotherSizeAreRefusedBeforeAnythingStarts() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("vars.fd").toFile(), "rw")) {
      file.setLength(1 << 20);
    }
    assertThatThrownBy(() -> TestSystem.start(folder, scenario("a")))
        .isInstanceOf(ScenarioException.class)
        .hasMessageContaining("vms.a.uefi: ")
        .hasMessageContaining("has 1048576 bytes, and a bank of flash for variables 32M");
    Files.delete(folder.resolve("vars.fd"));
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("code.fd").toFile(), "rw")) {
      file.setLength((32 << 20) + 512);
    }
    assertThatThrownBy(() -> TestSystem.start(folder, scenario("a")))
        .isInstanceOf(ScenarioException.class)
        .hasMessageContaining("vms.a.uefi: ")
        .hasMessageContaining("has 33554944 bytes, and a bank of flash 32M");
  }
}

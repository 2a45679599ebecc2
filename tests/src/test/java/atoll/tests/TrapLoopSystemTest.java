package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Assembler;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A VM whose traps lead nowhere, in a scenario beside another one. */
class TrapLoopSystemTest {
  @TempDir private Path folder;

  @BeforeEach
  void makeAProgramThatIsNone() throws IOException {
    Files.write(folder.resolve("wild.bin"), new byte[64]);
  }

  private TestSystem start(String keys) throws IOException {
    return TestSystem.start(
        folder,
        """
        machine: {cpus: [fair], memory: 64M}
        vms:
          wild: {firmware: wild.bin, memory: 16M, %s}
          other: {builtin: hello, memory: 16M}
        """
            .formatted(keys));
  }

  @ParameterizedTest
  @ValueSource(strings = {"interpreter", "translator"})
  void itHasFailedAndStartsAgainIfItIsToldTo(String engine)
      throws IOException, InterruptedException {
    try (TestSystem system =
        start("engine: %s, restart: {policy: on-failure, backoff: 0ms}".formatted(engine))) {
      for (int life = 1; life <= 2; life++) {
        TestSystem.End end = system.awaitEnd("wild", life, LIMIT);
        assertThat(end.again()).isTrue();
        assertThat(end.outcome()).isInstanceOf(Outcome.Failed.class);
        assertThat(((Outcome.Failed) end.outcome()).reason())
            .contains("wild/cpu0: its traps lead nowhere: illegal instruction");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"interpreter", "translator"})
  void aHandlerThatTakesItsOwnExceptionIsToldOfAndGoesOn(String engine)
      throws IOException, InterruptedException {
    String program =
        """
        li t0, 0x80000100
        csrw mtvec, t0
        li sp, 0x80001000
        ld a0, 0(zero)
        .balign 256
        addi sp, sp, -16
        ld a1, 8(zero)
        """;
    Files.write(folder.resolve("wild.bin"), Assembler.assemble(program, 0x8000_0000L));
    try (TestSystem system = start("engine: " + engine)) {
      assertThat(system.awaitNotice(LIMIT))
          .startsWith("wild: hart 0 makes no progress and keeps running: load access fault")
          .contains("pc 0x80000104", "1,000,000 times, since the handler takes that exception");
      assertThat(system.vm("wild").last()).isEmpty();
    }
  }

  @Test
  void itIsReportedWithItsNameAndGoesOn() throws IOException, InterruptedException {
    try (TestSystem system = start("trap-loop: report")) {
      assertThat(system.awaitNotice(LIMIT))
          .startsWith("wild: hart 0 makes no progress and keeps running: illegal instruction");
      assertThat(system.vm("wild").last()).isEmpty();
    }
  }
}

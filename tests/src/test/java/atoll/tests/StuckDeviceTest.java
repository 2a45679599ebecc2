package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.manager.LifeAction;
import atoll.manager.VmStatus;
import atoll.peripheral.Board;
import atoll.peripheral.Peripheral;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A call of a device of a user's own that never returns costs its own VM, and nobody else. */
class StuckDeviceTest {
  @TempDir Path folder;

  /** Loaded by a class loader of the VM's own. */
  public static final class Stuck implements Peripheral {
    private final Board board;

    public Stuck(Board board) {
      this.board = board;
    }

    @Override
    public long read(long offset, int size) {
      board.notice("reads");
      while (true) {
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          // It does not come back even so.
        }
      }
    }

    @Override
    public void write(long offset, int size, long value) {}
  }

  /** Both on one physical CPU. */
  private TestSystem start(String engine, String patience) throws IOException {
    return TestSystem.start(
        folder,
        """
        machine: {memory: 64M, cpus: [fair]}
        vms:
          held:
            firmware: %s
            engine: %s
            memory: 16M
            devices:
              thermometer:
                class: %s
                jar: %s
                compatible: "example,thermometer"
                patience: %s
          neighbour: {builtin: hello, engine: %2$s, memory: 16M}
        """
            .formatted(
                Road.ROOT.resolve("guests/thermometer/thermometer.elf"),
                engine,
                Stuck.class.getName(),
                Path.of("target/test-classes").toAbsolutePath(),
                patience));
  }

  @ParameterizedTest
  @ValueSource(strings = {"interpreter", "auto"})
  void theNeighbourGoesOnAndAnOperatorCanStopIt(String engine) throws Exception {
    try (TestSystem system = start(engine, "1h")) {
      assertThat(system.awaitNotice(LIMIT)).isEqualTo("held: device thermometer: reads");
      system.console("neighbour").await("> ", LIMIT);
      system.console("neighbour").type("echo still here\r");
      system.console("neighbour").await("\nstill here", LIMIT);
      assertThat(system.vm("held").status()).isEqualTo(VmStatus.RUNNING);
      system.perform(new LifeAction.Stop("held"));
      assertThat(system.vm("held").status()).isEqualTo(VmStatus.STOPPED);
      system.console("neighbour").type("echo and now\r");
      system.console("neighbour").await("\nand now", LIMIT);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"interpreter", "auto"})
  void itsLifeEndsAndSaysWhere(String engine) throws Exception {
    try (TestSystem system = start(engine, "200ms")) {
      Outcome end = system.awaitEnd("held", 1, LIMIT).outcome();
      assertThat(end).isInstanceOf(Outcome.Failed.class);
      Outcome.Failed failed = (Outcome.Failed) end;
      assertThat(failed.reason())
          .startsWith("device thermometer (class " + Stuck.class.getName() + "): read of 4 bytes")
          .contains("has not returned for 200 ms; it is at " + Stuck.class.getName() + ".read(");
      assertThat(failed.cause().orElseThrow().getStackTrace())
          .extracting(StackTraceElement::getMethodName)
          .containsSubsequence("await", "read");
      system.console("neighbour").type("echo still here\r");
      system.console("neighbour").await("\nstill here", LIMIT);
    }
  }
}

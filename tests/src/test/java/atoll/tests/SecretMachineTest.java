package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.debug.DebugAddress;
import atoll.image.RefusedException;
import atoll.manager.Bytes;
import atoll.manager.DebugAction;
import atoll.manager.KeyAction;
import atoll.manager.LifeAction;
import atoll.manager.MigrationAction;
import atoll.manager.SnapshotAction;
import atoll.manager.SystemAction;
import atoll.manager.VmAction;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in a secret machine is shown by no action, unless its scenario allows that. */
class SecretMachineTest {

  @TempDir private Path folder;

  private UnaryOperator<String> environment() {
    return name ->
        name.startsWith("XDG_")
            ? folder.resolve("home").resolve(name).toString()
            : System.getenv(name);
  }

  private TestSystem start(String secret) throws IOException, InterruptedException {
    Path file =
        Files.writeString(
            folder.resolve("vault.yaml"),
            """
            name: vault
            machine: {cpus: [fair], memory: 64M}
            vms:
              vault: {builtin: hello, memory: 16M, secret: %s}
              open: {builtin: hello, memory: 16M}
            """
                .formatted(secret));
    TestSystem system = TestSystem.start(file, environment());
    system.console("vault").await("> ", LIMIT);
    system.console("open").await("> ", LIMIT);
    return system;
  }

  private static void refused(TestSystem system, String what, VmAction<?> action) {
    assertThatThrownBy(() -> system.perform(action))
        .as("%s", action)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(
            "what is in vault is secret: its scenario does not allow %s (vms.vault.secret)"
                .formatted(what));
  }

  private DebugAddress socket(String name) {
    return new DebugAddress.OnSocket(folder.resolve(name));
  }

  @Test
  void noActionShowsIt() throws Exception {
    try (TestSystem system = start("true")) {
      assertThat(system.perform(new KeyAction.MakeKey("host"))).isNotEmpty();
      refused(system, "snapshot", new SnapshotAction.SaveSnapshot("all"));
      refused(
          system,
          "migration",
          new MigrationAction.Migrate(
              "127.0.0.1:1", List.of(), Duration.ofMillis(50), Duration.ofSeconds(5)));
      refused(system, "debug", new DebugAction.ServeDebugger("vault", socket("vault.sock")));
      refused(system, "debug", new DebugAction.OpenDebugger("vault"));
      refused(system, "debug", new DebugAction.SampleWrites("vault", Duration.ofMillis(1)));
      refused(system, "report", new DebugAction.Examine("vault"));
      system.perform(new LifeAction.Pause("vault"));
      refused(system, "debug", new DebugAction.ReadRegisters("vault"));
      refused(system, "debug", new DebugAction.ReadRegister("vault", 0, "a0"));
      refused(system, "debug", new DebugAction.WriteRegister("vault", 0, "a0", 1));
      refused(system, "debug", new DebugAction.ReadMemory("vault", 0x8000_0000L, 16));
      refused(system, "debug", new DebugAction.WriteMemory("vault", 0x8000_0000L, Bytes.of("x")));
      Path core = folder.resolve("core");
      refused(system, "dump", new DebugAction.DumpCore("vault", core));
      assertThat(core).doesNotExist();
      // The other one is nobody's secret.
      system.perform(new LifeAction.Pause("open"));
      assertThat(system.perform(new DebugAction.ReadRegisters("open"))).hasSize(1);
    }
  }

  @Test
  void whatIsAllowedIsDone() throws Exception {
    try (TestSystem system = start("{allow: [debug, snapshot]}")) {
      system.perform(new LifeAction.Pause("vault"));
      assertThat(system.perform(new DebugAction.ReadRegisters("vault"))).hasSize(1);
      assertThat(system.perform(new SnapshotAction.SaveSnapshot("all")).bytes()).isPositive();
      refused(system, "dump", new DebugAction.DumpCore("vault", folder.resolve("core")));
    }
  }

  /** A program whose first instruction is none, and that has no handler. */
  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void aFailureTellsNoRegisters(boolean secret) throws Exception {
    Path broken = Files.write(folder.resolve("broken.bin"), new byte[4096]);
    Path file =
        Files.writeString(
            folder.resolve("broken.yaml"),
            """
            name: broken
            machine: {cpus: [fair], memory: 32M}
            vms: {vault: {firmware: %s, memory: 16M, secret: %s}}
            """
                .formatted(broken, secret));
    try (TestSystem system = TestSystem.start(file, environment())) {
      Outcome outcome = system.awaitEnd("vault", 1, LIMIT).outcome();
      assertThat(outcome).isInstanceOf(Outcome.Failed.class);
      assertThat(((Outcome.Failed) outcome).harts().isEmpty()).isEqualTo(secret);
      Outcome told = system.perform(new SystemAction.DescribeSystem()).vms().get(0).last().get();
      assertThat(((Outcome.Failed) told).harts().isEmpty()).isEqualTo(secret);
      if (secret) {
        refused(system, "report", new DebugAction.Examine("vault"));
      } else {
        assertThat(system.perform(new DebugAction.Examine("vault")).harts()).isNotEmpty();
      }
    }
  }
}

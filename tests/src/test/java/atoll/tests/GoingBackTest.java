package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.manager.Event;
import atoll.manager.SnapshotAction;
import atoll.manager.SnapshotReport;
import atoll.scenario.ScenarioException;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestSystem;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A VM that has failed goes back to the system's last snapshot. */
@Tag("slow")
class GoingBackTest {
  @TempDir Path folder;

  private static void ask(ScriptedConsole console, String command, String answer) throws Exception {
    console.type(command + "\n");
    console.await(answer, LIMIT);
  }

  @Test
  void aPanicIsAnsweredByGoingBackWithTheDisk() throws Exception {
    assumeTrue(LinuxGuest.find().isPresent(), "there is no Debian kernel, nor network");
    Path disk = folder.resolve("d.img");
    try (RandomAccessFile made = new RandomAccessFile(disk.toFile(), "rw")) {
      made.setLength(8 << 20);
    }
    String yaml =
        """
        name: back
        machine: {cpus: 1, memory: 512M}
        vms:
          vm: {builtin: linux, memory: 256M, disks: [d.img], restart: {from: snapshot}}
        """;
    Path scenario = Files.writeString(folder.resolve("scenario.yaml"), yaml);
    try (TestSystem system = TestSystem.start(scenario, SnapshotRun.environment(folder))) {
      ScriptedConsole console = system.console("vm");
      console.await("# ", LIMIT);
      ask(console, "echo 1 > /proc/sys/kernel/printk; X=then; echo a$X", "athen");
      ask(console, "echo saved- | dd of=/dev/vda conv=fsync 2>/dev/null; echo b$X", "bthen");
      SnapshotReport ignored = system.perform(new SnapshotAction.SaveSnapshot("point"));
      ask(console, "X=now; echo later- | dd of=/dev/vda conv=fsync 2>/dev/null; echo c$X", "cnow");
      console.type("echo c > /proc/sysrq-trigger\n");
      TestSystem.End end = system.awaitEnd("vm", 1, LIMIT);
      assertThat(end.again()).isTrue();
      ask(console, "echo d$X; echo 3 > /proc/sys/vm/drop_caches; head -c 6 /dev/vda", "dthen");
      console.await("saved-", LIMIT);
      assertThat(system.events("vm"))
          .contains(new Event.LifeBegan("vm", 2, Event.Beginning.SNAPSHOT));
    }
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "r")) {
      byte[] start = new byte[6];
      file.readFully(start);
      assertThat(new String(start, StandardCharsets.US_ASCII)).isEqualTo("saved-");
    }
  }

  @Test
  void aVmWithAChannelCannotGoBackAlone() {
    assertThatThrownBy(() ->
            TestSystem.start(
                folder,
                """
                name: back
                machine: {cpus: 2, memory: 64M}
                vms:
                  one: {builtin: hello, memory: 16M, restart: {from: snapshot}}
                  two: {builtin: hello, memory: 16M}
                channels:
                  c: {size: 4K, between: {one: read-write, two: read-only}}
                """))
        .isInstanceOf(ScenarioException.class)
        .hasMessageContaining("vms.one.restart")
        .hasMessageContaining("shares the channel c");
  }
}

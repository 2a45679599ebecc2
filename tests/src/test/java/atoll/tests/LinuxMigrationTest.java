package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.manager.KeyAction;
import atoll.manager.Manager;
import atoll.manager.MigrationAction;
import atoll.manager.MigrationReport;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestSystem;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stock Linux moves to another manager while it writes its disk and compares what it reads. */
@Tag("slow")
class LinuxMigrationTest {
  private static final long DISK = 16 << 20;

  @TempDir Path folder;

  private UnaryOperator<String> environment() {
    Map<String, String> own =
        Map.of("XDG_CONFIG_HOME", folder.toString(), "XDG_DATA_HOME", folder.toString());
    return name -> own.getOrDefault(name, System.getenv(name));
  }

  private Path scenario() throws Exception {
    try (RandomAccessFile disk = new RandomAccessFile(folder.resolve("d.img").toFile(), "rw")) {
      disk.setLength(DISK);
    }
    return Files.writeString(
        folder.resolve("s.yaml"),
        """
        name: moving
        machine: {cpus: 1, memory: 512M}
        vms:
          lin: {builtin: linux, engine: translator, memory: 256M, disks: [d.img]}
        """);
  }

  /** What it writes it reads again, past its own memory, until it is told to end. */
  private static final String LOAD =
      """
      echo 1 > /proc/sys/kernel/printk
      X=before
      (n=0; dd if=/dev/urandom of=/tmp/r bs=64k count=64 2>/dev/null
       while [ ! -e /tmp/enough ]; do
         dd if=/tmp/r of=/dev/vda bs=64k conv=fsync 2>/dev/null
         echo 3 > /proc/sys/vm/drop_caches
         dd if=/dev/vda bs=64k count=64 2>/dev/null | cmp - /tmp/r || echo WRONG-$((40 + 2))
         n=$((n + 1)); [ $n = 2 ] && echo busy-now
       done; echo rounds-$n-done) &
      """;

  @Test
  void itsShellItsLoadAndItsDiskGoOn() throws Exception {
    assumeTrue(LinuxGuest.find().isPresent(), "there is no Debian kernel, nor network");
    Manager target = new Manager(Clock.host(), Effects.host(), environment());
    String ignored = target.perform(new KeyAction.MakeKey("host"));
    CompletableFuture<TestSystem> coming;
    String before;
    try (TestSystem source = TestSystem.start(scenario(), environment())) {
      ScriptedConsole console = source.console("lin");
      console.await("# ", LIMIT);
      console.type(LOAD);
      console.await("busy-now", LIMIT);
      Path there = Files.createDirectory(folder.resolve("there"));
      String at =
          target.perform(new MigrationAction.OpenReception("127.0.0.1:0", there, List.of()));
      coming = CompletableFuture.supplyAsync(() -> TestSystem.arrive(target));
      MigrationReport report =
          source.perform(
              new MigrationAction.Migrate(
                  at, List.of(), Duration.ofSeconds(30), MigrationAction.Migrate.LIMIT));
      assertThat(report.pages()).isGreaterThan(1000);
      source.awaitOver(LIMIT);
      before = console.text();
    }
    try (TestSystem arrived = coming.get()) {
      ScriptedConsole console = arrived.console("lin");
      console.type("echo shell-$X; touch /tmp/enough; wait; sync\n");
      console.await("shell-before", LIMIT);
      console.await("-done", LIMIT);
      console.type("cmp -n 4194304 /dev/vda /tmp/r && echo same-$((40 + 2)); poweroff -f\n");
      console.await("same-42", LIMIT);
      arrived.awaitOver(LIMIT);
      assertThat(before + console.text()).doesNotContain("WRONG-42").doesNotContain("BUG:");
    }
    assertThat(Files.size(folder.resolve("there/lin-disk0.img"))).isEqualTo(DISK);
  }
}

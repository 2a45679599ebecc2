package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.manager.SnapshotAction;
import atoll.manager.SnapshotReport;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestSystem;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Linux is saved while it runs, and goes on in another process's place. */
@Tag("slow")
class SavedLinuxTest {
  @TempDir Path folder;

  private UnaryOperator<String> environment() {
    return SnapshotRun.environment(folder);
  }

  private Path scenario() throws Exception {
    try (RandomAccessFile disk = new RandomAccessFile(folder.resolve("d.img").toFile(), "rw")) {
      disk.setLength(8 << 20);
    }
    return Files.writeString(
        folder.resolve("s.yaml"),
        """
        name: saved
        machine: {cpus: 1, memory: 512M}
        vms:
          lin:
            builtin: linux
            engine: translator
            memory: 256M
            disks: [d.img]
        """);
  }

  private static void ask(ScriptedConsole console, String command, String answer) throws Exception {
    console.type(command + "\n");
    console.await(answer, LIMIT);
  }

  /** More than the kernel's log has room for, while its reader is held up as on a busy host. */
  private static final String FLOOD =
      "echo on > /proc/sys/kernel/printk_devkmsg; kill -STOP $(pidof cat); i=0; L=$(printf %0200d 0);"
          + " while [ $i -lt 1500 ]; do echo $L > /dev/kmsg; i=$((i+1)); done;"
          + " kill -CONT $(pidof cat); ";

  @Test
  void aShellGoesOnWithItsVariablesItsDiskAndTheDateOfNow() throws Exception {
    assumeTrue(LinuxGuest.find().isPresent(), "there is no Debian kernel, nor network");
    try (TestSystem first = TestSystem.start(scenario(), environment())) {
      ScriptedConsole console = first.console("lin");
      console.await("# ", LIMIT);
      ask(console, "echo 1 > /proc/sys/kernel/printk; X=before; echo a$X", "abefore");
      ask(console, "echo on-disk | dd of=/dev/vda conv=fsync 2>/dev/null; echo o$X", "obefore");
      ask(console, FLOOD + "date -s 2001-01-01 >/dev/null; echo f$X", "fbefore");
      SnapshotReport report = first.perform(new SnapshotAction.SaveSnapshot("one"));
      assertThat(report.bytes()).isPositive();
      ask(
          console,
          "X=after; echo later- | dd of=/dev/vda conv=fsync 2>/dev/null; echo b$X",
          "bafter");
    }
    try (TestSystem again = TestSystem.restore("one", environment(), Optional.empty())) {
      ScriptedConsole console = again.console("lin");
      ask(console, "echo c$X; echo 3 > /proc/sys/vm/drop_caches; head -c 7 /dev/vda", "cbefore");
      console.await("on-disk", LIMIT);
      ask(console, "while [ $(date +%Y) = 2001 ]; do usleep 50000; done; echo d$X", "dbefore");
      console.type("poweroff -f\n");
      again.awaitOver(LIMIT);
    }
    try (RandomAccessFile disk = new RandomAccessFile(folder.resolve("d.img").toFile(), "r")) {
      byte[] start = new byte[6];
      disk.readFully(start);
      assertThat(new String(start, StandardCharsets.US_ASCII)).isEqualTo("later-");
    }
  }
}

package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.software.Translator;
import atoll.manager.Event;
import atoll.manager.LifeAction;
import atoll.manager.SnapshotAction;
import atoll.manager.SnapshotReport;
import atoll.manager.SystemAction;
import atoll.manager.VmStatus;
import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Copies of a saved system, side by side. */
@Tag("slow")
class ForkedSystemTest {
  private static final int COPIES = 5;

  @TempDir Path folder;

  static List<String> engines() {
    return Engines.shipped().stream().map(engine -> engine.name()).toList();
  }

  private UnaryOperator<String> environment() {
    Map<String, String> own = Map.of("XDG_DATA_HOME", folder.toString());
    return name -> own.getOrDefault(name, System.getenv(name));
  }

  private void save(String scenario, String vm, String ready, String last) throws Exception {
    Path file = Files.writeString(folder.resolve("s.yaml"), scenario);
    try (TestSystem first = TestSystem.start(file, environment())) {
      ScriptedConsole console = first.console(vm);
      console.await(ready, LIMIT);
      console.type(last + "\r");
      console.await("done", LIMIT);
      SnapshotReport report = first.perform(new SnapshotAction.SaveSnapshot("one"));
      assertThat(report.name()).isEqualTo("one");
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void eachCopyGoesOnByItselfAndEndsAsItIsTold(String engine) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("s.yaml"),
            """
            machine: {cpus: 1, memory: 16M}
            vms: {h: {builtin: hello, memory: 16M, engine: %s}}
            """
                .formatted(engine));
    try (TestSystem first = TestSystem.start(file, environment())) {
      first.console("h").await("help", LIMIT);
      SnapshotReport report = first.perform(new SnapshotAction.SaveSnapshot("one"));
      assertThat(report.name()).isEqualTo("one");
    }
    try (TestSystem forks = TestSystem.forked("one", COPIES, environment())) {
      startByHand(forks, "h-" + COPIES);
      forks.perform(new SystemAction.StartSystem());
      for (int copy = 1; copy <= COPIES; copy++) {
        forks.console("h-" + copy).type("poweroff " + copy + "\r");
      }
      for (int copy = 1; copy <= COPIES; copy++) {
        assertThat(forks.awaitEnd("h-" + copy, 1, LIMIT).outcome())
            .isEqualTo(new Outcome.Poweroff(copy));
      }
    }
  }

  /** It does not wait for its turn, and goes on as it would then. */
  private static void startByHand(TestSystem forks, String vm) {
    assertThat(forks.vm(vm).status()).isEqualTo(VmStatus.READY);
    assertThat(forks.perform(new LifeAction.Start(vm))).isEqualTo(VmStatus.RUNNING);
    assertThat(forks.events(vm))
        .filteredOn(event -> event instanceof Event.LifeBegan)
        .containsExactly(new Event.LifeBegan(vm, 1, Event.Beginning.SNAPSHOT));
    assertThatThrownBy(() -> forks.perform(new LifeAction.Start(vm)))
        .hasMessageContaining("running already");
  }

  private static void ask(ScriptedConsole console, String command, String answer) throws Exception {
    console.type(command + "\n");
    console.await(answer, LIMIT);
  }

  /** Memory, disk and network: what one changes, the others do not see. */
  @Test
  void copiesOfALinuxShareWhatWasSavedAndNothingElse() throws Exception {
    assumeTrue(LinuxGuest.find().isPresent(), "there is no Debian kernel, nor network");
    makeDisk();
    save(
        """
        machine: {cpus: 1, memory: 256M}
        networks: {lan: {uplink: user}, other: {uplink: user}}
        vms:
          lin:
            builtin: linux
            memory: 256M
            disks: [d.img]
            nics: [{network: lan}, {network: other}]
        """,
        "lin",
        "# ",
        "echo 1 > /proc/sys/kernel/printk; X=saved; printf %s saved- | dd of=/dev/vda conv=fsync"
            + " 2>&-; has() { ip -4 -o addr show dev eth0 | grep -q inet; }; until has; do :; done;"
            + " until [ -s /run/leased.eth0 ] && [ -s /run/leased.eth1 ]; do :; done;"
            + " A=10.0.2.77/24; ip addr add $A dev eth1; echo $A 10.0.2.2 10.0.2.3 >"
            + " /run/leased.eth1; ip addr add 2001:db8::5/64 dev eth1 valid_lft 900 preferred_lft"
            + " 900; touch /tmp/saved; while [ ! -e /tmp/enough ]; do has || touch /tmp/gap; usleep"
            + " 2000; done & echo do''ne");
    try (TestSystem forks = TestSystem.fork("one", 3, environment())) {
      for (int copy = 1; copy <= 3; copy++) {
        ScriptedConsole console = forks.console("lin-" + copy);
        ask(console, "echo a$X; X=" + copy, "asaved");
        ask(
            console,
            "printf copy-%d | dd of=/dev/vda conv=fsync bs=6 seek=%d 2>&-; echo b$X"
                .formatted(copy, copy),
            "b" + copy);
      }
      for (int copy = 1; copy <= 3; copy++) {
        ScriptedConsole console = forks.console("lin-" + copy);
        ask(
            console,
            "echo 3 > /proc/sys/vm/drop_caches; echo c$X$(head -c 24 /dev/vda | tr '\\0' .)d",
            "c%dsaved-%scopy-%d%sd"
                .formatted(copy, "......".repeat(copy - 1), copy, "......".repeat(3 - copy)));
        // A copy asks for its address again, and keeps the old one meanwhile.
        ask(
            console,
            "until ping -c 1 10.0.2.2 2>&1 | grep -o '1 packets rec[a-z]*'; do sleep 1; done",
            "1 packets received");
        ask(
            console,
            "until [ /run/leased.eth0 -nt /tmp/saved ]; do sleep 1; done; touch /tmp/enough;"
                + " wait; ls /tmp/gap && echo had no''ne || echo al''ways",
            "always");
        // What is not given any more goes, of both protocols.
        ask(
            console,
            "until grep 10.0.2.15 /run/leased.eth1 && ! ip addr show dev eth1 | grep -e '0.2.77' -e"
                + " db8; do sleep 1; done; echo re''newed",
            "renewed");
      }
      assertThat(forks.vm("lin-1").statistics().translation().shared()).isZero();
      assertThat(forks.vm("lin-3").statistics().translation().shared())
          .matches(pieces -> pieces > 1000 || Translator.unavailable().isPresent());
    }
  }

  private void makeDisk() throws IOException {
    try (RandomAccessFile disk = new RandomAccessFile(folder.resolve("d.img").toFile(), "rw")) {
      disk.setLength(1 << 20);
    }
  }
}

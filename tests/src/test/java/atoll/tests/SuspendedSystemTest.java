package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.GuestProgram;
import atoll.manager.Event;
import atoll.manager.LifeAction;
import atoll.manager.Manager;
import atoll.manager.SnapshotAction;
import atoll.manager.SystemAction;
import atoll.manager.VmStatus;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A system on a user's disk is left, and goes on there: with its disk as that is, and once. */
@Tag("slow")
class SuspendedSystemTest {
  private static final String IMAGE = "box";

  @TempDir Path folder;
  private UnaryOperator<String> environment;
  private Path disk;

  @BeforeEach
  void aDiskOfTheUsers() throws Exception {
    environment = SnapshotRun.environment(folder);
    Path place = Files.createDirectories(folder.resolve("data/atoll/disks").resolve(IMAGE));
    disk = Files.write(place.resolve("disk.img"), new byte[1 << 20]);
  }

  private TestSystem start(String vm) throws Exception {
    String text =
        "name: left\nmachine: {cpus: 1, memory: 320M}\nvms:\n  vm: {%s, disks: [%s]}\n"
            .formatted(vm, disk);
    return TestSystem.start(Files.writeString(folder.resolve("s.yaml"), text), environment);
  }

  /** A guest that has been spoken to is left; returns what it was made from. */
  private Scenario left(String engine) throws Exception {
    try (TestSystem system = start("builtin: hello, memory: 16M, engine: " + engine)) {
      String first = system.console("vm").await("> ", LIMIT);
      assertThat(first).isNotEmpty();
      system.console("vm").type("first\r");
      system.console("vm").await("first: not a command", LIMIT);
      system.perform(new SnapshotAction.SuspendSystem(IMAGE));
      assertThat(system.vm("vm").status()).isEqualTo(VmStatus.STOPPED);
      assertThatThrownBy(() -> system.perform(new LifeAction.Start("vm")))
          .hasMessageContaining("was suspended");
      return system.scenario();
    }
  }

  private Manager manager() {
    return new Manager(Clock.host(), Effects.host(), environment);
  }

  private boolean suspended() {
    return manager().perform(new SnapshotAction.FindSuspended(IMAGE)).isPresent();
  }

  private void resume(Scenario scenario) {
    Manager manager = manager();
    manager.perform(new SystemAction.ResumeSystem(IMAGE, scenario, "dumb", Map.of()));
    assertThat(manager.perform(new SystemAction.CloseSystem()).losses()).isEmpty();
  }

  @Test
  void whatWasLeftGoesOnOnceOnAnyEngineAndShowsWhatItHadShown() throws Exception {
    List<String> names = Engines.shipped().stream().map(engine -> engine.name()).toList();
    Scenario scenario = left(names.getFirst());
    assertThat(suspended()).isTrue();
    Scenario other =
        scenario.withVms(
            scenario.vms().stream().map(vm -> vm.withEngine(names.getLast())).toList());
    try (TestSystem again = TestSystem.resume(IMAGE, other, environment)) {
      assertThat(suspended()).isFalse();
      assertThat(again.events()).contains(new Event.LifeBegan("vm", 1, Event.Beginning.SUSPENDED));
      again.console("vm").await("first: not a command", LIMIT);
      again.console("vm").type("second\r");
      again.console("vm").await("second: not a command", LIMIT);
      again.perform(new SnapshotAction.SuspendSystem(IMAGE));
    }
    try (TestSystem third = TestSystem.resume(IMAGE, scenario, environment)) {
      third.console("vm").type("poweroff 3\r");
      assertThat(third.awaitEnd("vm", 1, LIMIT).outcome()).isEqualTo(new Outcome.Poweroff(3));
    }
    assertThat(suspended()).isFalse();
    assertThat(disk.resolveSibling("suspended").toFile().list()).containsExactly("lock");
  }

  @Test
  void itStaysSuspendedUntilItRuns() throws Exception {
    Scenario scenario = left("auto");
    resume(scenario);
    assertThat(suspended()).isTrue();
    resume(scenario);
  }

  @Test
  void aDiskThatWasWrittenMeanwhileIsNeverMixedWithTheMemoryOfBefore() throws Exception {
    Scenario scenario = left("auto");
    Path ignored = Files.setLastModifiedTime(disk, FileTime.fromMillis(1));
    assertThatThrownBy(() -> resume(scenario))
        .hasMessageContaining("box cannot go on where it was left")
        .hasMessageContaining("disk.img has changed")
        .hasMessageContaining("--cold");
    assertThat(suspended()).isTrue();
    manager().perform(new SnapshotAction.DropSuspended(IMAGE));
    assertThat(suspended()).isFalse();
    manager().perform(new SnapshotAction.DropSuspended(IMAGE));
  }

  @Test
  void aMachineOfAnotherShapeIsRefusedWithWhatDiffers() throws Exception {
    Scenario scenario = left("auto");
    Scenario larger =
        scenario.withVms(
            scenario.vms().stream().map(vm -> vm.but().memory(32 << 20).build()).toList());
    assertThatThrownBy(() -> resume(larger)).hasMessageContaining("differ in memory;");
    Scenario told =
        scenario.withVms(
            scenario.vms().stream()
                .map(vm ->
                    vm.but()
                        .files(Map.of("/a", disk))
                        .guest(new Guest.Program(GuestProgram.HELLO, "other"))
                        .build())
                .toList());
    assertThatThrownBy(() -> resume(told)).hasMessageContaining("differ in guest, files;");
    resume(scenario);
  }

  @Test
  void damagedMemoryNeverReachesTheDisk() throws Exception {
    Scenario scenario = left("auto");
    SnapshotRun.damageMemory(disk.resolveSibling("suspended"));
    assertThatThrownBy(() -> resume(scenario)).hasMessageContaining("is damaged");
    assertThat(suspended()).isTrue();
  }

  @Test
  void whatCannotBeSuspendedGoesOn() throws Exception {
    Files.writeString(disk.resolveSibling("suspended"), "in the way");
    try (TestSystem system = start("builtin: hello, memory: 16M")) {
      String first = system.console("vm").await("> ", LIMIT);
      assertThat(first).isNotEmpty();
      assertThatThrownBy(() -> system.perform(new SnapshotAction.SuspendSystem(IMAGE)))
          .hasMessageContaining("suspended");
      system.console("vm").type("still\r");
      system.console("vm").await("still: not a command", LIMIT);
    }
  }

  /** The file with the memory, by whatever name, in a folder whose name begins so. */
  private Object memory(String folder) throws IOException {
    try (Stream<Path> files = Files.walk(disk.resolveSibling("suspended"))) {
      Path found =
          files
              .filter(file -> file.getFileName().toString().equals("memory-0"))
              .filter(file -> file.getParent().getFileName().toString().startsWith(folder))
              .findFirst()
              .orElseThrow();
      return Files.readAttributes(found, BasicFileAttributes.class).fileKey();
    }
  }

  /** What it has written and not flushed is in its memory, and reaches the disk afterwards. */
  @Test
  void linuxGoesOnWithWhatIsNotOnItsDiskYet() throws Exception {
    assumeTrue(LinuxGuest.find().isPresent(), "there is no Debian kernel, nor network");
    Scenario scenario;
    try (TestSystem system = start("builtin: linux, memory: 256M, engine: translator")) {
      ScriptedConsole console = system.console("vm");
      console.await("# ", LIMIT);
      console.type(
          "echo 1 > /proc/sys/kernel/printk; X=kept; echo 0 >"
              + " /proc/sys/vm/dirty_writeback_centisecs; dd if=/dev/urandom of=/tmp/r bs=4k"
              + " count=16 2>/dev/null; dd if=/tmp/r of=/dev/vda bs=4k conv=notrunc 2>/dev/null;"
              + " echo written-$((40 + 2))\n");
      console.await("written-42", LIMIT);
      system.perform(new SnapshotAction.SuspendSystem(IMAGE));
      scenario = system.scenario();
    }
    try (TestSystem again = TestSystem.resume(IMAGE, scenario, environment)) {
      ScriptedConsole console = again.console("vm");
      Object base = memory(""); // which only this process knows
      console.type("X=still-$X; echo again-$((40 + 2))\n");
      console.await("again-42", LIMIT);
      again.perform(new SnapshotAction.SuspendSystem(IMAGE));
      assertThat(memory("suspended@"))
          .as("memory that has not changed is not written again")
          .isEqualTo(base);
    }
    try (TestSystem third = TestSystem.resume(IMAGE, scenario, environment)) {
      ScriptedConsole console = third.console("vm");
      console.type(
          "sync; echo 3 > /proc/sys/vm/drop_caches; cmp -n 65536 /dev/vda /tmp/r && echo same-$X;"
              + " poweroff -f\n");
      console.await("same-still-kept", LIMIT);
      third.awaitOver(LIMIT);
    }
    byte[] written = Files.readAllBytes(disk);
    assertThat(written).hasSize(1 << 20);
    assertThat(written[65_535] | written[1] | written[2] | written[3] | written[4]).isNotZero();
  }
}

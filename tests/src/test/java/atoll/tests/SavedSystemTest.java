package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.Progress;
import atoll.manager.Bytes;
import atoll.manager.DebugAction;
import atoll.manager.LifeAction;
import atoll.manager.Manager;
import atoll.manager.SnapshotAction;
import atoll.manager.SystemAction;
import atoll.manager.VmStatus;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.snapshot.SavedExtent;
import atoll.snapshot.SavedMemory;
import atoll.snapshot.Snapshot;
import atoll.snapshot.SnapshotStore;
import atoll.state.Value;
import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestSystem;
import atoll.vmm.SystemState;
import atoll.vmm.VmState;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Systems are saved into files while they run, and made again from the files. */
@Tag("slow")
class SavedSystemTest {
  private static final int FEW = 4;
  private static final long RAM = 0x8000_0000L;

  /** Where the hello guest has nothing. */
  private static final long UNUSED = RAM + (12 << 20);

  @TempDir Path folder;

  /** Each engine goes on with what the other one has saved. */
  static List<List<String>> orders() {
    List<String> names = Engines.shipped().stream().map(engine -> engine.name()).toList();
    return names.size() == 1 ? List.of(names) : List.of(names, names.reversed());
  }

  static Stream<Arguments> small() {
    return orders().stream()
        .flatMap(order ->
            Stream.concat(
                    SnapshotGuest.SMALL.stream(),
                    Stream.of(SnapshotGuest.witness(), SnapshotGuest.served()))
                .map(guest -> Arguments.of(guest, order)));
  }

  private SnapshotRun.Tally run(SnapshotGuest guest, List<String> engines, long seed)
      throws Exception {
    return new SnapshotRun(
            guest,
            new SnapshotRun.Plan(engines, seed, FEW, Duration.ofMillis(10), 2, folder, LIMIT))
        .perform();
  }

  @ParameterizedTest
  @MethodSource("small")
  void aGuestThatChecksItselfGoesOnFromFiles(SnapshotGuest guest, List<String> engines)
      throws Exception {
    SnapshotRun.Tally done = SnapshotRun.Tally.NONE;
    for (long seed = 7; done.saves() == 0; seed++) { // a guest may be done before the first
      done = run(guest, engines, seed);
    }
    assertThat(done.saves()).isLessThanOrEqualTo(FEW);
  }

  @Test
  void debianGoesOnWithWhatWasOnItsDisk() throws Exception {
    assumeTrue(LinuxGuest.find().isPresent(), "there is no Debian kernel, nor network");
    assertThat(run(SnapshotGuest.disk(), List.of("auto"), 7).saves()).isEqualTo(FEW);
  }

  @Test
  void theCockpitGoesOnWithItsChannel() throws Exception {
    assumeTrue(LinuxGuest.find().isPresent(), "there is no Debian kernel, nor network");
    assertThat(run(SnapshotGuest.cockpit(), List.of("auto"), 7).saves()).isEqualTo(FEW);
  }

  // ------------------------------------------------------------ by themselves

  private TestSystem hello(String engine, String more) throws Exception {
    Path file = folder.resolve("scenario.yaml");
    String text =
        """
        name: saved
        machine: {cpus: 1, memory: 64M}
        vms:
          vm: {builtin: hello, memory: 16M, engine: %s%s}
        """
            .formatted(engine, more);
    Path ignored = Files.writeString(file, text);
    TestSystem system = TestSystem.start(file, SnapshotRun.environment(folder));
    String ignoredText = system.console("vm").await("> ", LIMIT);
    assertThat(ignoredText).isNotEmpty();
    return system;
  }

  private Snapshot open(String name) {
    return new SnapshotStore(folder.resolve("data/atoll/snapshots"), Clock.host(), Progress.SILENT)
        .open(name);
  }

  @ParameterizedTest
  @MethodSource("orders")
  void whatIsSavedAgainAtOnceIsTheSame(List<String> engines) throws Exception {
    try (TestSystem system = hello(engines.getFirst(), "")) {
      assertThat(system.perform(new LifeAction.Pause("vm"))).isEqualTo(VmStatus.PAUSED);
      assertThat(system.perform(new SnapshotAction.SaveSnapshot("first")).name())
          .isEqualTo("first");
    }
    try (TestSystem again =
        TestSystem.restore(
            "first", SnapshotRun.environment(folder), Optional.of(engines.getLast()))) {
      assertThat(again.vm("vm").status()).isEqualTo(VmStatus.PAUSED);
      assertThat(again.perform(new SnapshotAction.SaveSnapshot("second")).name())
          .isEqualTo("second");
    }
    try (Snapshot first = open("first");
        Snapshot second = open("second")) {
      requireDelta(first, second, List.of());
      SystemState one = SystemState.FORMAT.decode(first.state());
      SystemState other = SystemState.FORMAT.decode(second.state());
      assertThat(other.time().nanos()).isEqualTo(one.time().nanos());
      assertThat(kept(other, one.time())).isEqualTo(kept(one, one.time()));
      assertThat(bytes(second)).isEqualTo(bytes(first));
    }
  }

  /**
   * All but the date, and the new generation with its interrupt, which is what a restore is for.
   */
  private static byte[] kept(SystemState state, SystemState.Time time) {
    List<VmState> vms = state.vms().stream().map(SavedSystemTest::kept).toList();
    return SystemState.FORMAT.encode(new SystemState(time, vms, state.channels()));
  }

  private static VmState kept(VmState vm) {
    Map<String, Value> devices = new HashMap<>(vm.devices());
    assertThat(devices.remove("generation")).isNotNull();
    assertThat(devices.remove("plic")).isNotNull();
    return new VmState(
        vm.name(), vm.memory(), vm.harts(), vm.vcpus(), vm.sbi(), vm.held(), devices);
  }

  /** While all VMs are paused no time goes by, after which the first would be given up. */
  @Test
  void aSaveSoonAfterAnotherHasWhatWasWrittenSince() throws Exception {
    try (TestSystem system = hello("auto", "")) {
      assertThat(system.perform(new LifeAction.Pause("vm"))).isEqualTo(VmStatus.PAUSED);
      assertThat(system.perform(new SnapshotAction.SaveSnapshot("first")).name())
          .isEqualTo("first");
      byte[] news = {1, 2, 3, 4};
      for (long gpa : List.of(UNUSED, UNUSED + 5 * 4096)) {
        Void ignored = system.perform(new DebugAction.WriteMemory("vm", gpa, Bytes.of(news, 0, 4)));
      }
      assertThat(system.perform(new SnapshotAction.SaveSnapshot("second")).name())
          .isEqualTo("second");
      Bytes memory = system.perform(new DebugAction.ReadMemory("vm", RAM, 16 << 20));
      try (Snapshot first = open("first");
          Snapshot second = open("second")) {
        assertThat(bytes(second)).isEqualTo(memory.toArray()).isNotEqualTo(bytes(first));
        assertThat(second.verify(Progress.SILENT)).isEmpty();
        requireDelta(first, second, List.of(UNUSED - RAM, UNUSED - RAM + 5 * 4096));
      }
    }
  }

  /** Whenever that is: which pages are not the first one's any more the host knows. */
  @Test
  void theFirstSaveOfASystemThatWentOnHasWhatWasWrittenSince() throws Exception {
    save("");
    try (TestSystem again =
        TestSystem.restore("s", SnapshotRun.environment(folder), Optional.empty())) {
      assertThat(again.perform(new LifeAction.Pause("vm"))).isEqualTo(VmStatus.PAUSED);
      byte[] news = {1, 2, 3, 4};
      Void ignored = again.perform(new DebugAction.WriteMemory("vm", UNUSED, Bytes.of(news, 0, 4)));
      assertThat(again.perform(new SnapshotAction.SaveSnapshot("next")).name()).isEqualTo("next");
      Bytes memory = again.perform(new DebugAction.ReadMemory("vm", RAM, 16 << 20));
      try (Snapshot first = open("s");
          Snapshot next = open("next")) {
        assertThat(bytes(next)).isEqualTo(memory.toArray());
        assertThat(next.verify(Progress.SILENT)).isEmpty();
        if (canLink()) {
          assertThat(delta(next)).contains(UNUSED - RAM);
          assertThat(Files.isSameFile(base(first), base(next))).isTrue();
        }
      }
    }
  }

  /** The later one has the earlier one's file, and some pages over it. */
  private void requireDelta(Snapshot earlier, Snapshot later, List<Long> pages) throws IOException {
    if (canLink()) {
      assertThat(delta(later)).isEqualTo(pages);
      assertThat(Files.isSameFile(base(earlier), base(later))).isTrue();
    }
  }

  private static List<Long> delta(Snapshot snapshot) {
    return snapshot.memory("vm/vm").orElseThrow().extents().stream()
        .filter(extent -> extent.file().toString().endsWith(".delta"))
        .map(SavedExtent::offset)
        .toList();
  }

  private static Path base(Snapshot snapshot) {
    return snapshot.memory("vm/vm").orElseThrow().extents().getFirst().file();
  }

  private boolean canLink() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    try {
      return Files.exists(Files.createLink(folder.resolve("link"), file));
    } catch (UnsupportedOperationException | IOException e) {
      return false;
    }
  }

  private static byte[] bytes(Snapshot snapshot) {
    SavedMemory memory = snapshot.memory("vm/vm").orElseThrow();
    byte[] all = new byte[(int) memory.size()];
    memory.read(0, MemorySegment.ofArray(all));
    return all;
  }

  private void restore(String name, UnaryOperator<Scenario> change) {
    Manager manager = new Manager(Clock.host(), Effects.host(), SnapshotRun.environment(folder));
    Scenario scenario = change.apply(manager.perform(new SnapshotAction.ReadSnapshot(name)));
    manager.perform(
        new SystemAction.RestoreSystem(name, scenario, Guest.Linux.NO_TERMINAL, Map.of()));
    assertThat(manager.perform(new SystemAction.CloseSystem()).losses()).isEmpty();
  }

  private void save(String more) throws Exception {
    try (TestSystem system = hello("auto", more)) {
      assertThat(system.perform(new SnapshotAction.SaveSnapshot("s")).name()).isEqualTo("s");
    }
  }

  @Test
  void anotherShapeIsRefused() throws Exception {
    save("");
    assertThatThrownBy(() ->
            restore(
                "s",
                scenario ->
                    scenario.withVms(
                        List.of(
                            VmDescription.builder("vm", scenario.vms().getFirst().guest())
                                .memory(32 << 20)
                                .build()))))
        .hasMessageContaining("has 32 MiB of RAM, and not the 16 MiB")
        .isInstanceOf(RuntimeException.class);
    restore("s", scenario -> scenario);
  }

  @Test
  void aFileThatIsOnlyReadMustNotHaveChanged() throws Exception {
    Path disk = Files.write(folder.resolve("d.img"), new byte[1 << 20]);
    save(", disks: [{file: d.img, read-only: true}]");
    restore("s", scenario -> scenario);
    Path ignored = Files.setLastModifiedTime(disk, FileTime.fromMillis(1));
    assertThatThrownBy(() -> restore("s", scenario -> scenario))
        .hasMessageContaining("d.img has changed since then");
    Files.delete(disk);
    assertThatThrownBy(() -> restore("s", scenario -> scenario)).hasMessageContaining("d.img");
  }

  @Test
  void memoryThatIsDamagedIsRefused() throws Exception {
    save("");
    SnapshotRun.damageMemory(folder.resolve("data"));
    assertThatThrownBy(() -> restore("s", scenario -> scenario))
        .hasMessageContaining("the snapshot s is damaged");
  }
}

package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.disk.DiskFormat;
import atoll.disk.DiskImages;
import atoll.disk.DiskLocation;
import atoll.image.RefusedException;
import atoll.kernel.VcpuState;
import atoll.manager.BoardAction;
import atoll.manager.Bytes;
import atoll.manager.DiskReport;
import atoll.manager.Event;
import atoll.manager.LifeAction;
import atoll.manager.SystemAction;
import atoll.manager.VmAction;
import atoll.manager.VmStatus;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import atoll.vmm.VcpuReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator starts, stops, holds and resets machines of a running system. */
class OperatorTest {
  private static final String GREETING = "Hello from a bare-metal RISC-V guest";

  @TempDir private Path folder;
  private TestSystem system;

  @BeforeEach
  void start() throws IOException, InterruptedException {
    Files.write(folder.resolve("d.img"), new byte[1 << 20]);
    Files.write(folder.resolve("r.img"), new byte[512]);
    system =
        TestSystem.start(
            folder,
            """
            name: operated
            machine:
              cpus: [{policy: dedicated}, {policy: dedicated}, {policy: dedicated}]
              memory: 48M
            vms:
              first: {builtin: hello, memory: 16M, vcpus: 2, affinity: [0, 1]}
              second: {builtin: hello, memory: 16M, affinity: [2], autostart: false, disks: [d.img, {file: r.img, read-only: true}]}
            """);
    greeted("first");
  }

  @AfterEach
  void close() {
    system.close();
  }

  private void greeted(String vm) throws InterruptedException {
    system.console(vm).await(GREETING, LIMIT);
    system.console(vm).await("> ", LIMIT);
  }

  private VmStatus start(String vm) {
    return system.perform(new LifeAction.Start(vm));
  }

  private VmStatus stop(String vm) {
    return system.perform(new LifeAction.Stop(vm));
  }

  private Void grow(String vm, int disk, long bytes) {
    return system.perform(new BoardAction.GrowDisk(vm, disk, bytes));
  }

  @Test
  void aDiskBecomesLargerWhetherItsMachineRunsOrNot() throws IOException, InterruptedException {
    grow("second", 0, 2 << 20);
    assertThat(Files.size(folder.resolve("d.img"))).isEqualTo(2 << 20);
    start("second");
    greeted("second");
    grow("second", 0, 3 << 20);
    assertThat(Files.size(folder.resolve("d.img"))).isEqualTo(3 << 20);
    system.perform(new LifeAction.Pause("second"));
    grow("second", 0, 4 << 20);
    assertThat(Files.size(folder.resolve("d.img"))).isEqualTo(4 << 20);
    system.perform(new LifeAction.Resume("second"));
    stop("second");
  }

  @Test
  void aDiskThatIsNotThereOrCannotBecomeThatLargeIsRefusedInOneSentence() {
    assertThatThrownBy(() -> grow("first", 0, 4096))
        .isInstanceOf(RefusedException.class)
        .hasMessage("first has no disk");
    assertThatThrownBy(() -> grow("second", 2, 4096))
        .hasMessage("second has no disk 2; its disks are 0 to 1");
    assertThatThrownBy(() -> grow("second", 1, 4096))
        .hasMessageContaining("r.img, is read-only, and keeps its size");
    assertThatThrownBy(() -> grow("second", 0, 4096))
        .hasMessageContaining("has 1M and can only become larger");
    assertThatThrownBy(() -> grow("second", 0, (2 << 20) + 1))
        .hasMessageContaining("by whole sectors of 512 bytes");
  }

  private Void change(String image) {
    return change(0, image, Optional.empty(), false);
  }

  private Void change(int disk, String image, Optional<DiskFormat> format, boolean readOnly) {
    DiskLocation location = DiskLocation.of(folder.resolve(image));
    return system.perform(new BoardAction.ChangeDisk("second", disk, location, format, readOnly));
  }

  private void requireDisk(int number, String image, long bytes, boolean readOnly) {
    assertThat(system.vm("second").disks().get(number))
        .isEqualTo(new DiskReport(folder.resolve(image).toString(), bytes, readOnly));
  }

  /** Opens an image for writing, which nobody else may use then. */
  private void requireUnused(String image) throws IOException {
    DiskImages.open(DiskLocation.of(folder.resolve(image)), Optional.empty(), false, text -> {})
        .close();
  }

  private void requireInUse(String image) {
    assertThatThrownBy(() -> requireUnused(image)).hasMessageContaining("in use");
  }

  @Test
  void aDiskGetsAnotherImageWhetherItsMachineRunsOrNotAndKeepsItInItsNextLives()
      throws IOException, InterruptedException {
    Files.write(folder.resolve("e.img"), new byte[2 << 20]);
    change("e.img");
    requireDisk(0, "e.img", 2 << 20, false);
    requireInUse("e.img");
    requireUnused("d.img");
    start("second");
    greeted("second");
    change("d.img");
    requireDisk(0, "d.img", 1 << 20, false);
    requireInUse("d.img");
    requireUnused("e.img");
    system.perform(new LifeAction.Pause("second"));
    change("e.img");
    system.perform(new LifeAction.Reset("second"));
    greeted("second");
    requireDisk(0, "e.img", 2 << 20, false);
    grow("second", 0, 3 << 20);
    assertThat(Files.size(folder.resolve("e.img"))).isEqualTo(3 << 20);
    stop("second");
    requireInUse("e.img");
    change("d.img");
    requireUnused("e.img");
  }

  @Test
  void aDiskThatAGuestHasFoundReadOnlyOrWritableStaysSo() throws IOException, InterruptedException {
    Files.write(folder.resolve("e.img"), new byte[1024]);
    start("second");
    greeted("second");
    assertThatThrownBy(() -> change(0, "e.img", Optional.empty(), true))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("d.img, is writable for its guest, which cannot be told otherwise");
    change(1, "e.img", Optional.empty(), false);
    requireDisk(1, "e.img", 1024, true);
    stop("second");
    change(1, "r.img", Optional.empty(), false);
    change(0, "e.img", Optional.empty(), true);
    requireDisk(0, "e.img", 1024, true);
    start("second");
    greeted("second");
    change("d.img");
    requireDisk(0, "d.img", 1 << 20, true);
    stop("second");
    change("e.img");
    requireDisk(0, "e.img", 1024, false);
  }

  @Test
  void anImageThatCannotBeUsedChangesNothing() throws IOException {
    Files.write(folder.resolve("odd.img"), new byte[700]);
    assertThatThrownBy(() -> change("none.img")).hasMessageContaining("none.img does not exist");
    assertThatThrownBy(() -> change("odd.img")).hasMessageContaining("512");
    assertThatThrownBy(() -> change("r.img")).hasMessageContaining("in use");
    assertThatThrownBy(() -> change("d.img")).hasMessageContaining("in use");
    Files.write(folder.resolve("e.img"), new byte[1024]);
    assertThatThrownBy(() -> change(0, "e.img", Optional.of(DiskFormat.QCOW2), false))
        .hasMessageContaining("qcow2");
    assertThatThrownBy(() -> change(2, "e.img", Optional.empty(), false))
        .hasMessage("second has no disk 2; its disks are 0 to 1");
    requireDisk(0, "d.img", 1 << 20, false);
    requireInUse("d.img");
    requireUnused("e.img");
  }

  @Test
  void aMachineThatDoesNotStartByItselfIsStartedAndStoppedAndStartedAgain()
      throws InterruptedException {
    assertThat(system.vm("second").status()).isEqualTo(VmStatus.READY);
    for (int round = 0; round < 3; round++) {
      assertThat(start("second")).isEqualTo(VmStatus.RUNNING);
      greeted("second");
      assertThat(system.statistics().platform().memory().used()).isEqualTo(32 << 20);
      assertThat(stop("second")).isEqualTo(VmStatus.STOPPED);
      assertThat(system.statistics().platform().memory().used()).isEqualTo(16 << 20);
    }
    assertThat(system.vm("second").statistics().instructions()).isPositive();
  }

  @Test
  void aStoppedMachineDoesNotEndTheSystemSinceItCanBeStartedAgain() throws InterruptedException {
    assertThat(stop("first")).isEqualTo(VmStatus.STOPPED);
    assertThat(system.perform(new SystemAction.AwaitSystem(Duration.ZERO))).isFalse();
    start("first");
    greeted("first");
    system.console("first").type("poweroff\r");
    system.awaitOver(LIMIT);
  }

  @Test
  void aResetStartsAnewFromTheImage() throws InterruptedException {
    assertThat(system.perform(new LifeAction.Reset("first"))).isEqualTo(VmStatus.RUNNING);
    greeted("first");
    assertThat(system.vm("first").restarts()).isZero();
  }

  @Test
  void aPausedMachineStandsStillAndGoesOnWhereItWas() throws InterruptedException {
    assertThat(system.perform(new LifeAction.Pause("first"))).isEqualTo(VmStatus.PAUSED);
    long still = system.vm("first").statistics().instructions();
    system.console("first").type("echo held\r");
    assertThat(system.vm("first").statistics().instructions()).isEqualTo(still);
    assertThat(system.vm("first").vcpus())
        .extracting(VcpuReport::state)
        .containsOnly(VcpuState.PAUSED);
    assertThat(system.perform(new LifeAction.Resume("first"))).isEqualTo(VmStatus.RUNNING);
    system.console("first").await("held\r\nheld\r\n", LIMIT);
  }

  @Test
  void aSingleVcpuIsHeldAndLetGo() throws InterruptedException {
    system.perform(new LifeAction.PauseVcpu("first", 0));
    assertThat(system.vm("first").status()).isEqualTo(VmStatus.RUNNING);
    while (system.vm("first").vcpus().getFirst().state() != VcpuState.PAUSED) {
      Thread.onSpinWait(); // It may still be leaving guest code.
    }
    system.perform(new LifeAction.ResumeVcpu("first", 0));
    system.console("first").type("echo awake\r");
    system.console("first").await("awake\r\nawake\r\n", LIMIT);
  }

  @Test
  void aPausedMachineCanBeStoppedAndReset() throws InterruptedException {
    system.perform(new LifeAction.Pause("first"));
    system.perform(new LifeAction.Reset("first"));
    greeted("first");
    system.perform(new LifeAction.Pause("first"));
    assertThat(stop("first")).isEqualTo(VmStatus.STOPPED);
  }

  @Test
  void everyChangeOfALifeIsToldInItsOrder() throws InterruptedException {
    system.perform(new LifeAction.Pause("first"));
    system.perform(new LifeAction.Resume("first"));
    system.perform(new LifeAction.PauseVcpu("first", 1));
    system.perform(new LifeAction.ResumeVcpu("first", 1));
    system.perform(new LifeAction.Reset("first"));
    stop("first");
    start("first");
    greeted("first");
    system.console("first").type("poweroff 3\r");
    system.await("first", VmStatus.ENDED);
    OptionalInt all = OptionalInt.empty();
    OptionalInt one = OptionalInt.of(1);
    assertThat(system.events("first"))
        .filteredOn(
            event -> !(event instanceof Event.ConsoleReady || event instanceof Event.ConsoleRoom))
        .containsExactly(
            new Event.LifeBegan("first", 1, Event.Beginning.SYSTEM),
            new Event.StatusChanged("first", VmStatus.RUNNING),
            new Event.StatusChanged("first", VmStatus.PAUSED),
            new Event.Paused("first", all),
            new Event.Resumed("first", all),
            new Event.StatusChanged("first", VmStatus.RUNNING),
            new Event.Paused("first", one),
            new Event.Resumed("first", one),
            new Event.LifeBegan("first", 2, Event.Beginning.RESET),
            new Event.StatusChanged("first", VmStatus.RUNNING),
            new Event.StatusChanged("first", VmStatus.STOPPED),
            new Event.Stopped("first"),
            new Event.LifeBegan("first", 3, Event.Beginning.START),
            new Event.StatusChanged("first", VmStatus.RUNNING),
            new Event.StatusChanged("first", VmStatus.ENDED),
            new Event.LifeEnded("first", new Outcome.Poweroff(3), Optional.empty()));
  }

  @Test
  void whatIsTypedAtAMachineWithoutALifeIsTakenByNobody() throws InterruptedException {
    BoardAction.Type typed = new BoardAction.Type("first", Bytes.of("echo typed at nobody\r"));
    stop("first");
    assertThat(system.perform(typed)).isZero();
    start("first");
    greeted("first");
    assertThat(system.perform(typed)).isPositive();
    assertThat(system.perform(new BoardAction.Type("second", Bytes.of("x")))).isZero();
  }

  @Test
  void whatCannotBeDoneIsSaidInOneSentence() {
    refused(new LifeAction.Start("first"), "first is running already");
    refused(new LifeAction.Stop("second"), "second is ready; there is nothing to stop");
    refused(new LifeAction.Resume("first"), "first is not paused, it is running");
    refused(new LifeAction.Stop("secnod"), "there is no VM 'secnod'; did you mean second?");
    refused(new LifeAction.PauseVcpu("first", 2), "first has no vCPU 2; its vCPUs are 0 to 1");
  }

  private void refused(VmAction<?> action, String message) {
    assertThatThrownBy(() -> system.perform(action))
        .isInstanceOf(RefusedException.class)
        .hasMessage(message);
  }
}

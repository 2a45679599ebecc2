package atoll.manager;

import atoll.image.ByteSize;
import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.scenario.MemoryPolicy;
import atoll.scenario.VmDescription;
import atoll.virtio.VirtioBalloon;
import atoll.vmm.FrontPanel;
import atoll.vmm.Outcome;
import atoll.vmm.PanelReport;
import atoll.vmm.VirtualMachine;
import atoll.vmm.WriteSample;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * What an operator does to the present life of a VM, beside beginning, holding and ending it. An
 * impossible request is refused as that in every state: to start the VM first would not help.
 * Thread-safe.
 */
final class VmControls {
  private static final long PAGE = 4096;

  private final VmSupervisor vm;
  private final VmDescription description;
  private final VmDisks disks;
  private final EventListener listener;

  /**
   * @param disks of all its lives
   * @param listener told of what becomes of single vCPUs and of disks
   */
  VmControls(VmSupervisor vm, VmDisks disks, EventListener listener) {
    this.vm = vm;
    description = vm.description();
    this.disks = disks;
    this.listener = listener;
  }

  // ------------------------------------------------------------ vCPUs

  /** Holds one vCPU. */
  void pauseVcpu(int number) {
    Void ignored =
        ofVcpu(
            number,
            machine -> {
              if (machine.vcpuPaused(number)) {
                throw new RefusedException(
                    "vCPU %d of %s is paused already".formatted(number, description.name()));
              }
              machine.pauseVcpu(number);
              listener.accept(new Event.Paused(description.name(), OptionalInt.of(number)));
              return null;
            });
  }

  /** Ends a {@link #pauseVcpu}. */
  void resumeVcpu(int number) {
    Void ignored =
        ofVcpu(
            number,
            machine -> {
              if (!machine.vcpuPaused(number)) {
                throw notPaused(number);
              }
              listener.accept(new Event.Resumed(description.name(), OptionalInt.of(number)));
              machine.resumeVcpu(number);
              return null;
            });
  }

  private RefusedException notPaused(int number) {
    String name = description.name();
    return new RefusedException(
        vm.status() == VmStatus.PAUSED
            ? "vCPU %d of %s is not paused by itself; resume %s".formatted(number, name, name)
            : "vCPU %d of %s is not paused".formatted(number, name));
  }

  /** Looks at a machine for something of one vCPU, or changes it. */
  <T> T ofVcpu(int number, Function<VirtualMachine, T> use) {
    requireVcpu(number);
    return vm.present(use);
  }

  private void requireVcpu(int number) {
    if (number < 0 || number >= description.vcpus()) {
      throw new RefusedException(
          description.vcpus() == 1
              ? "%s has no vCPU %d; its only vCPU is 0".formatted(description.name(), number)
              : "%s has no vCPU %d; its vCPUs are 0 to %d"
                  .formatted(description.name(), number, description.vcpus() - 1));
    }
  }

  /** The registers of each vCPU of a life that is paused. */
  List<Outcome.HartReport> registers() {
    synchronized (vm) { // so that it stays paused
      return vm.paused("its registers change").values().registers();
    }
  }

  // ------------------------------------------------------------ memory

  /** Which pages the machine writes to in the time to come; other things can be done meanwhile. */
  WriteSample sampleWrites(Duration period) throws InterruptedException {
    return vm.present(this::running).writtenWithin(period);
  }

  private VirtualMachine running(VirtualMachine machine) {
    if (vm.status() == VmStatus.PAUSED) {
      throw new RefusedException(
          "%s is paused, and writes to nothing; resume it first".formatted(description.name()));
    }
    return machine;
  }

  /** Asks the guest to give so many bytes of its memory back. */
  BalloonReport balloon(long bytes) {
    requireBalloon(bytes);
    return vm.present(machine -> {
      VirtioBalloon balloon = machine.devices().balloon().orElseThrow();
      balloon.target(bytes);
      VirtioBalloon.Statistics now = balloon.statistics();
      return new BalloonReport(now.target(), now.actual(), balloon.driven());
    });
  }

  private void requireBalloon(long bytes) {
    if (description.memoryPolicy() != MemoryPolicy.PAGED) {
      throw new RefusedException(
          "%s has contiguous memory, of which it cannot give any back; only a VM with memory-policy: paged in its scenario can"
              .formatted(description.name()));
    }
    long most = description.memory() - PAGE;
    if (bytes < 0 || bytes > most) {
      throw new RefusedException(
          "%s has %s of RAM and can give back 0 to %s of it, not %s"
              .formatted(
                  description.name(),
                  ByteSize.format(description.memory()),
                  ByteSize.format(most),
                  ByteSize.format(bytes)));
    }
  }

  // ------------------------------------------------------------ disks

  /** Gives a disk more bytes; a guest that runs is told. */
  void growDisk(int number, long bytes) {
    synchronized (vm) { // so that no life begins in between
      disks.grow(number, bytes);
      vm.machine().ifPresent(machine -> machine.devices().diskResized(number));
    }
  }

  /** Puts another image in the place of a disk's; a guest that runs is told. */
  void changeDisk(BoardAction.ChangeDisk change) throws InterruptedException {
    new DiskExchange(
            change, vm, disks, text -> listener.accept(new Event.Noticed(description.name(), text)))
        .perform();
  }

  // ------------------------------------------------------------ the front

  /**
   * Presses a button at its front.
   *
   * @param nanos as {@link atoll.vmm.MachineDevices#press} has it
   * @return whether its guest has a driver for such
   */
  boolean press(String button, long nanos) {
    requireButton(button);
    return vm.present(machine -> machine.devices().press(button, nanos));
  }

  /** Lets a button go; returns the same. */
  boolean release(String button) {
    requireButton(button);
    return vm.present(machine -> machine.devices().release(button));
  }

  private void requireButton(String button) {
    List<String> names =
        description.panel().buttons().stream().map(FrontPanel.Button::name).toList();
    if (names.isEmpty()) {
      throw new RefusedException(
          "%s has no buttons; give it some, as in --button %s or buttons: [%s]"
              .formatted(description.name(), button, button));
    }
    if (!names.contains(button)) {
      throw new RefusedException(
          "%s has no button '%s'%s"
              .formatted(description.name(), button, Words.nearestOf(button, names)));
    }
  }

  /** What its front shows. */
  PanelReport panel() {
    FrontPanel panel = description.panel();
    if (panel.buttons().isEmpty() && panel.leds().isEmpty()) {
      throw new RefusedException(
          "%s has no buttons and no LEDs; give it some, as in --button power, --led status"
              .formatted(description.name()));
    }
    return vm.present(machine -> machine.devices().panel().orElseThrow());
  }

  /** Between two lives all LEDs are dark: those that were not go out with a machine. */
  void darken(VirtualMachine gone) {
    gone.devices().panel().stream()
        .flatMap(panel -> panel.lit().stream())
        .forEach(led -> listener.accept(new Event.LedChanged(description.name(), led, false)));
  }
}

package atoll.vmm;

import atoll.peripheral.PeripheralFactory;
import atoll.virtio.VirtioBalloon;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The devices of one life of a virtual machine, as somebody at the board uses and changes them.
 * Thread-safe.
 */
public final class MachineDevices {
  private final VirtualMachine vm;

  MachineDevices(VirtualMachine vm) {
    this.vm = vm;
  }

  // ------------------------------------------------------------ the front

  /**
   * Presses a button. It is let go after a time, which goes on in pauses of this machine alone.
   *
   * @param nanos of the platform's time, or {@link Long#MAX_VALUE} for a press that only {@link
   *     #release} ends
   * @return whether the guest has a driver running that hears of it
   * @throws VmException if there is no such button
   */
  public boolean press(String button, long nanos) {
    return at(button, panel -> panel.press(button, nanos));
  }

  /**
   * Lets a button go.
   *
   * @return whether the guest has a driver running that hears of it
   * @throws VmException if there is no such button
   */
  public boolean release(String button) {
    return at(button, panel -> panel.release(button));
  }

  private boolean at(String button, Consumer<Panel> work) {
    Panel panel =
        vm.machine()
            .panel()
            .orElseThrow(() ->
                new VmException("%s has no button '%s'".formatted(vm.config().name(), button)));
    work.accept(panel);
    return panel.report().heard();
  }

  /** What the front shows; empty if there is nothing. */
  public Optional<PanelReport> panel() {
    return vm.machine().panel().map(Panel::report);
  }

  // ------------------------------------------------------------ memory

  /** The balloon, if memory is paged: what the guest has been asked for and has given. */
  public Optional<VirtioBalloon> balloon() {
    return vm.machine().balloon();
  }

  // ------------------------------------------------------------ disks

  /**
   * Has a disk begin no requests until {@link #releaseDisk}, so that what is behind it can be
   * changed.
   *
   * @param disk 0 to one less than there are
   * @return complete once no request is under way
   */
  public CompletableFuture<Void> holdDisk(int disk) {
    requireDisk(disk);
    synchronized (vm) {
      return vm.machine().holdDisk(disk);
    }
  }

  /** Ends a {@link #holdDisk}. */
  public void releaseDisk(int disk) {
    requireDisk(disk);
    synchronized (vm) {
      if (!vm.ended()) {
        vm.machine().releaseDisk(disk);
      }
    }
  }

  /**
   * Tells the guest that the backend of a disk has another size.
   *
   * @param disk 0 to one less than there are
   */
  public void diskResized(int disk) {
    requireDisk(disk);
    synchronized (vm) {
      if (!vm.ended()) {
        vm.machine().diskResized(disk);
      }
    }
  }

  private void requireDisk(int disk) {
    Objects.checkIndex(disk, vm.config().disks().size());
  }

  // ------------------------------------------------------------ the user's own

  /**
   * Puts other code in the place of a device of the user's own while the machine is paused, for the
   * rest of its life.
   *
   * @param code where that is from, in words
   * @throws VmException if it has ended, runs, or has no such device, or the code cannot be used
   */
  public void replace(String device, String code, PeripheralFactory factory) {
    Void ignored =
        vm.whilePaused(
            "runs, and its devices with it; pause it to replace one",
            machine -> {
              machine.replace(device, code, factory);
              return null;
            });
  }

  /** Where the code of each device of its user is from, in words, by the device's label. */
  public Map<String, String> ownDevices() {
    return vm.machine().ownDevices();
  }
}

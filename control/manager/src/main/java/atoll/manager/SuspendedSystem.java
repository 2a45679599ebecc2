package atoll.manager;

import atoll.image.RefusedException;
import atoll.scenario.Guest;
import atoll.scenario.NicDescription;
import atoll.scenario.RestartPolicy;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.snapshot.Snapshot;
import atoll.vmm.VmConfig;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a system goes on from that was suspended: its memory is that of then, its disks are its own.
 */
final class SuspendedSystem extends SystemRestore {
  private final String image;

  /**
   * @param snapshot which stays open as long as this is used
   * @param image of the disk that it works on
   * @throws RefusedException if it has not what a system needs
   */
  SuspendedSystem(Snapshot snapshot, String image) {
    this.image = image;
    super(snapshot);
  }

  @Override
  RefusedException refused(String why) {
    return new RefusedException(
        "%s cannot go on where it was left: %s; --cold boots it, as after a power failure"
            .formatted(image, why));
  }

  /** Looks once more that nobody has changed its disks, now that nobody else can. */
  void requireUnchanged() {
    saved().disks().forEach(disk -> disk.behind().forEach(this::requireUnchanged));
  }

  /**
   * Looks whether a machine as it is described now is the one that was suspended.
   *
   * @throws RefusedException if its guest would find it changed
   */
  void requireFit(Scenario now) {
    Scenario then = saved().scenario();
    Scenario same =
        SavedSystem.FORMAT
            .decode(
                SavedSystem.FORMAT.encode(
                    new SavedSystem(now, List.of(), List.of(), List.of(), List.of())))
            .scenario(); // paths and sizes as they are when they are kept
    List<String> different = new ArrayList<>();
    if (!then.networks().equals(same.networks())) {
      different.add("networks");
    }
    different.addAll(differences(vm(then), vm(same)));
    if (!different.isEmpty()) {
      throw refused(
          "it had other options then, which differ in %s; leave them out, or give the same"
              .formatted(String.join(", ", different)));
    }
  }

  private static VmDescription vm(Scenario scenario) {
    return scenario.vms().getFirst();
  }

  private static List<String> differences(VmDescription then, VmDescription now) {
    VmDescription one = essence(then);
    VmDescription other = essence(now);
    List<String> names = new ArrayList<>();
    for (RecordComponent part : VmDescription.class.getRecordComponents()) {
      if (!Objects.equals(value(one, part), value(other, part))) {
        names.add(part.getName());
      }
    }
    return names;
  }

  private static Object value(VmDescription vm, RecordComponent part) {
    try {
      return part.getAccessor().invoke(vm);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a description is a public record", e);
    }
  }

  /** What its guest has found; the rest is the host's affair, and may be another one each time. */
  private static VmDescription essence(VmDescription vm) {
    return vm.but()
        .guest(essence(vm.guest()))
        .nics(vm.nics().stream().map(SuspendedSystem::essence).toList())
        .restart(RestartPolicy.NEVER)
        .engine("")
        .onTrapLoop(VmConfig.OnTrapLoop.END)
        .symbols(List.of())
        .report(Optional.empty())
        .consoleLog(Optional.empty())
        .build();
  }

  private static Guest essence(Guest guest) {
    return switch (guest) {
      case Guest.Installed of ->
          new Guest.Installed(of.image(), Guest.Linux.NO_TERMINAL, of.images(), List.of());
      case Guest.Uefi of -> new Guest.Uefi(of.mirror(), of.code(), of.variables(), List.of());
      default -> guest;
    };
  }

  private static NicDescription essence(NicDescription nic) {
    return new NicDescription(
        nic.network(), nic.mac(), OptionalLong.empty(), Optional.empty(), List.of());
  }
}

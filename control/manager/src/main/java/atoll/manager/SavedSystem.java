package atoll.manager;

import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.kernel.MachineMemory;
import atoll.memory.MachineExtent;
import atoll.scenario.Scenario;
import atoll.state.StateFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a snapshot has beside the state and the memory: from what the system was made, and what has
 * become of its parts.
 *
 * @param scenario whose virtual machines are those that were entered
 * @param vms in the scenario's order
 * @param regions of memory, by whom they belong to
 * @param disks all that there were
 * @param sources the scenario's file and those that the machines were made from
 */
record SavedSystem(
    Scenario scenario,
    List<Vm> vms,
    List<Region> regions,
    List<Disk> disks,
    List<ReadFile> sources) {
  /** By which a snapshot has it. */
  static final String KEY = "system";

  /** How it is written. A change of any record in it makes a new version, with an upgrade. */
  static final StateFormat<SavedSystem> FORMAT =
      new StateFormat<>(
          "ATOLL-SYSTEM",
          SavedSystem.class,
          1,
          List.of(
              older -> older, // to 2: CPUs of a pool
              SavedSystemUpgrades::withDisksAlone, // to 3: copies of disks over earlier ones
              // to 4: what is verified, secret, served, or has a far end
              SavedSystemUpgrades::withOwnDevicesOnly,
              SavedSystemUpgrades::withFoldersForAll)); // to 5: folders for one machine alone

  SavedSystem {
    Objects.requireNonNull(scenario, "scenario");
    vms = List.copyOf(vms);
    regions = List.copyOf(regions);
    disks = List.copyOf(disks);
    sources = List.copyOf(sources);
  }

  /**
   * A virtual machine.
   *
   * @param lives how many had begun
   * @param restarts in a row by its policy
   * @param spoken whether its guest had printed something on its virtio console
   */
  record Vm(String name, VmStatus status, int lives, int restarts, long resets, boolean spoken) {
    /** The same under another name. */
    Vm as(String other) {
      return new Vm(other, status, lives, restarts, resets, spoken);
    }

    /** Whether it had a life that goes on. */
    boolean goesOn() {
      return status == VmStatus.RUNNING || status == VmStatus.PAUSED;
    }
  }

  /**
   * Memory.
   *
   * @param name of the region in the snapshot
   * @param places where it was in machine memory: tables in it may name them
   */
  record Region(String name, MachineMemory.Policy policy, List<MachineExtent> places) {
    Region {
      places = List.copyOf(places);
    }

    /** The same under another name, so many bytes further in machine memory. */
    Region as(String other, long further) {
      List<MachineExtent> moved =
          places.stream()
              .map(place -> new MachineExtent(place.hpa() + further, place.bytes()))
              .toList();
      return new Region(other, policy, moved);
    }

    long bytes() {
      return places.stream().mapToLong(MachineExtent::bytes).sum();
    }

    static String ofVm(String vm) {
      return "vm/" + vm;
    }

    static String ofChannel(String channel) {
      return "channel/" + channel;
    }
  }

  /**
   * A disk, or what is like one.
   *
   * @param name as {@link DiskBay#name} has it
   * @param image where its bytes were
   * @param format as its user said
   * @param size that the guest saw
   * @param copy what it had, if it could be written; in the snapshot
   * @param copyFormat the format of the lowest file of that; those over it are qcow2
   * @param under earlier copies, in the snapshot too, that it lies over, the lowest one last
   * @param behind files that are only read: they must still be what they were
   */
  record Disk(
      String name,
      DiskLocation image,
      Optional<DiskFormat> format,
      boolean readOnly,
      long size,
      Optional<String> copy,
      Optional<DiskFormat> copyFormat,
      List<String> under,
      List<ReadFile> behind) {
    Disk {
      under = List.copyOf(under);
      behind = List.copyOf(behind);
    }

    /** The same, its files as they look now. */
    Disk lookedAtNow() {
      List<ReadFile> now = behind.stream().map(file -> DiskCopies.look(file.file())).toList();
      return new Disk(name, image, format, readOnly, size, copy, copyFormat, under, now);
    }

    /** The same under another name. */
    Disk as(String other) {
      return new Disk(other, image, format, readOnly, size, copy, copyFormat, under, behind);
    }

    /** The files of its copy, from the top one on. */
    List<String> copies() {
      return Stream.concat(copy.stream(), under.stream()).toList();
    }

    /** The format of one of them. */
    DiskFormat format(String file) {
      return file.equals(copies().getLast()) ? copyFormat.orElse(DiskFormat.RAW) : DiskFormat.QCOW2;
    }

    /** The format of the top one. */
    DiskFormat topFormat() {
      return format(copies().getFirst());
    }

    /** The same with such a copy. */
    Disk copied(List<String> files, DiskFormat lowest) {
      return new Disk(
          name,
          image,
          format,
          readOnly,
          size,
          Optional.of(files.getFirst()),
          Optional.of(lowest),
          files.subList(1, files.size()),
          behind);
    }
  }

  /**
   * A file that is only read.
   *
   * @param size bytes
   * @param modified nanoseconds since 1970
   */
  record ReadFile(Path file, long size, long modified) {}

  /** The same with disks that are described otherwise. */
  SavedSystem withDisks(List<Disk> others) {
    return new SavedSystem(scenario, vms, regions, others, sources);
  }

  /** What was kept of a virtual machine. */
  Vm vm(String name) {
    return vms.stream()
        .filter(vm -> vm.name.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("nothing is kept of " + name));
  }

  /** A region of memory by its name. */
  Region region(String name) {
    return regions.stream()
        .filter(region -> region.name.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no memory " + name));
  }
}

package atoll.manager;

import atoll.device.spi.BlockBackend;
import atoll.disk.DiskFormat;
import atoll.disk.DiskImages;
import atoll.disk.DiskLocation;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.host.HostException;
import atoll.host.HostMemory;
import atoll.image.RefusedException;
import atoll.kernel.DetachedMemory;
import atoll.kernel.KernelException;
import atoll.kernel.Microkernel;
import atoll.kernel.SharedMemory;
import atoll.memory.MachineExtent;
import atoll.scenario.ChannelDescription;
import atoll.scenario.Scenario;
import atoll.snapshot.SavedMemory;
import atoll.snapshot.Snapshot;
import atoll.state.StateException;
import atoll.vmm.BoardPlan;
import atoll.vmm.SystemState;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import atoll.vmm.VmState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * What a system goes on from: the state and the memory in a snapshot, and the disks as the snapshot
 * has them, each under a new image that gets what is written from now on. So a snapshot can be gone
 * back to as often as wanted, and never changes a disk that has gone on. A system is made of it
 * once; machines can go back to it as often as they fail.
 */
class SystemRestore implements AutoCloseable {
  /** Null if its parts come from elsewhere. */
  private final Snapshot snapshot;

  private final SavedSystem saved;
  private final SystemState state;
  private final boolean forked;
  private final Map<String, DetachedMemory> memories = new HashMap<>();

  /** By name, the machines that last went on from here. Guarded by itself. */
  private final Map<String, VirtualMachine> machines = new HashMap<>();

  /** Those who have still to close it. Guarded by this. */
  private int holders = 1;

  /**
   * @param snapshot which stays open as long as this is used
   * @throws RefusedException if it has not what a system needs
   */
  SystemRestore(Snapshot snapshot) {
    this(snapshot, Optional.empty());
  }

  /**
   * @param snapshot which stays open as long as this is used
   * @param forks how often its system is to be there, under names of its own, if not once
   * @throws RefusedException if it has not what a system needs
   */
  SystemRestore(Snapshot snapshot, Optional<Forks> forks) {
    this.snapshot = snapshot;
    forked = forks.isPresent();
    byte[] text =
        snapshot
            .text(SavedSystem.KEY)
            .orElseThrow(() ->
                new RefusedException(
                    "the snapshot %s is not one of a system".formatted(snapshot.name())));
    try {
      SavedSystem one = SavedSystem.FORMAT.decode(text);
      saved = forks.map(all -> all.of(one)).orElse(one);
      SystemState then = SystemState.FORMAT.decode(snapshot.state());
      state = forks.map(all -> all.of(then)).orElse(then);
    } catch (StateException | IllegalArgumentException e) {
      throw refused(e.getMessage());
    }
  }

  /**
   * @param snapshot which has been made just now
   * @param saved as it is in there
   * @param state as it is in there
   */
  SystemRestore(Snapshot snapshot, SavedSystem saved, SystemState state) {
    this.snapshot = snapshot;
    forked = false;
    this.saved = saved;
    this.state = state;
  }

  /** One whose memory and disks come from elsewhere, as a class below says. */
  SystemRestore(SavedSystem saved, SystemState state) {
    snapshot = null;
    forked = false;
    this.saved = saved;
    this.state = state;
  }

  /** Why it cannot be used. */
  RefusedException refused(String why) {
    return new RefusedException(
        "the snapshot %s cannot be used: %s".formatted(snapshot.name(), why));
  }

  SavedSystem saved() {
    return saved;
  }

  /** Whether its system is there several times. */
  boolean forked() {
    return forked;
  }

  /** What the clock showed. */
  SystemState.Time time() {
    return state.time();
  }

  /** The state of a machine that had a life. */
  Optional<VmState> vm(String name) {
    return state.vms().stream().filter(vm -> vm.name().equals(name)).findFirst();
  }

  /**
   * Has the platform's memory be as it was, before anything else is there, and its channels.
   *
   * @param scenario of the system; what is in the snapshot may be of another one
   */
  SystemChannels place(Scenario scenario, Microkernel platform) {
    try {
      for (VmState vm : state.vms()) {
        SavedSystem.Region region = saved.region(SavedSystem.Region.ofVm(vm.name()));
        HostMemory memory = contents(region);
        memories.put(vm.name(), placed(platform, vm.name(), region, memory));
      }
      Map<String, SharedMemory> shared = new HashMap<>();
      for (ChannelDescription channel : scenario.channels()) {
        SavedSystem.Region region = saved.region(SavedSystem.Region.ofChannel(channel.name()));
        shared.put(channel.name(), shared(platform, channel.name(), region));
      }
      return SystemChannels.of(scenario, platform, state.channels(), shared);
    } catch (IllegalArgumentException | KernelException e) {
      throw refused(e.getMessage());
    }
  }

  private static DetachedMemory placed(
      Microkernel platform, String owner, SavedSystem.Region region, HostMemory memory) {
    try {
      return platform.place(owner, BoardPlan.RAM_BASE, region.places(), region.policy(), memory);
    } catch (KernelException e) {
      memory.close();
      throw e;
    }
  }

  private SharedMemory shared(Microkernel platform, String name, SavedSystem.Region region) {
    HostMemory memory = contents(region);
    try {
      return platform.placeShared(name, region.places(), memory);
    } catch (KernelException e) {
      memory.close();
      throw e;
    }
  }

  /** Memory that begins with what was saved. */
  HostMemory contents(SavedSystem.Region region) {
    SavedMemory memory =
        snapshot
            .memory(inSnapshot(region.name()))
            .orElseThrow(() -> refused("it has no memory " + region.name()));
    if (memory.size() != region.bytes()) {
      throw refused(
          "the memory %s has %d bytes, expected %d"
              .formatted(region.name(), memory.size(), region.bytes()));
    }
    for (MachineExtent place : region.places()) {
      if (place.bytes() <= 0 || place.bytes() % 4096 != 0) {
        throw refused(
            "a part of the memory %s has %d bytes".formatted(region.name(), place.bytes()));
      }
    }
    HostMemory made = HostMemory.allocate(memory.size());
    boolean whole = false;
    try {
      memory.beginIn(made, 0);
      whole = true;
      return made;
    } finally {
      if (!whole) {
        made.close();
      }
    }
  }

  private String inSnapshot(String region) {
    return forked ? Forks.origin(region) : region;
  }

  /** What a machine's memory began with, if it went on from here. */
  Optional<SavedMemory> began(String vm, VirtualMachine machine) {
    synchronized (machines) {
      return snapshot != null && machine.equals(machines.get(vm))
          ? snapshot.memory(inSnapshot(SavedSystem.Region.ofVm(vm)))
          : Optional.empty();
    }
  }

  /** The RAM of a machine that had a life; once. */
  Optional<DetachedMemory> memory(String vm) {
    return Optional.ofNullable(memories.remove(vm));
  }

  /** A machine that goes on once it is started, and hears that others may go on from there too. */
  VirtualMachine goOn(VmConfig config, Microkernel platform, DetachedMemory memory) {
    try (memory) {
      VirtualMachine made =
          VirtualMachine.restore(config, platform, vm(config.name()).orElseThrow(), memory);
      made.renew();
      synchronized (machines) {
        VirtualMachine ignored = machines.put(config.name(), made);
      }
      return made;
    }
  }

  /**
   * A machine that goes back to where it was, which nothing is left of, and its disks with it.
   *
   * @param bays its disks
   * @return empty if it had no life then
   * @throws RefusedException if it cannot go back
   */
  Optional<VirtualMachine> goBack(VmConfig config, Microkernel platform, List<DiskBay> bays) {
    if (vm(config.name()).isEmpty()) {
      return Optional.empty();
    }
    bays.stream().filter(bay -> !bay.readOnly()).forEach(this::goBack);
    SavedSystem.Region region = saved.region(SavedSystem.Region.ofVm(config.name()));
    DetachedMemory memory = placed(platform, config.name(), region, contents(region));
    return Optional.of(goOn(config, platform, memory));
  }

  private void goBack(DiskBay bay) {
    SavedSystem.Disk disk = disk(bay.name());
    Path copy = snapshot.file(disk.copy().orElseThrow(() -> refused("it has not " + bay.name())));
    try (BlockBackend then =
        DiskImages.open(DiskLocation.of(copy), Optional.of(disk.topFormat()), true, notice -> {})) {
      bay.goBack(then);
    } catch (IOException e) {
      throw refused("%s: %s".formatted(bay.name(), HostException.reason(e)));
    }
  }

  private SavedSystem.Disk disk(String bay) {
    return find(bay).orElseThrow(() -> refused("it has no disk " + bay));
  }

  private Optional<SavedSystem.Disk> find(String bay) {
    return saved.disks().stream().filter(known -> known.name().equals(bay)).findFirst();
  }

  /** Whether its snapshot has a file of that name. */
  boolean has(String file) {
    return snapshot != null && snapshot.has(file);
  }

  /** The copy of a disk, if it has one. */
  Optional<DiskLayers> layers(String bay) {
    return find(bay)
        .filter(disk -> snapshot != null && disk.copy().isPresent())
        .map(disk -> new DiskLayers(snapshot, disk));
  }

  /** What a disk is opened from. */
  record Image(DiskLocation location, Optional<DiskFormat> format) {}

  /**
   * What a disk is to be: as it was at the snapshot's moment, if it can be written.
   *
   * @param bay its name
   * @param folder for the image that gets what is written from now on
   * @throws RefusedException if the snapshot has no such disk, or a file has changed since then
   */
  Image image(String bay, Supplier<Path> folder) {
    SavedSystem.Disk disk = disk(bay);
    disk.behind().forEach(this::requireUnchanged);
    if (disk.copy().isEmpty()) {
      return new Image(disk.image(), disk.format());
    }
    Path copy = new DiskLayers(snapshot, disk).at(folder.get());
    Path over = folder.get().resolve(bay.replace('/', '.') + ".qcow2");
    long ignored =
        ImageTool.create(
            over,
            OptionalLong.of(disk.size()),
            ImageOptions.usual(DiskFormat.QCOW2).over(copy.toString(), disk.topFormat()));
    return new Image(DiskLocation.of(over), Optional.of(DiskFormat.QCOW2));
  }

  /**
   * Looks whether a file that is only read is still what it was.
   *
   * @throws RefusedException if not
   */
  void requireUnchanged(SavedSystem.ReadFile then) {
    SavedSystem.ReadFile now = DiskCopies.look(then.file());
    if (!now.equals(then)) {
      throw refused(
          "%s has changed since then, and what is in memory of it would be wrong"
              .formatted(then.file()));
    }
  }

  /** Why it does not begin where a scenario as it is now would; empty if it does. */
  Optional<String> unlike(Scenario scenario) {
    List<Path> sources = scenario.sources();
    if (!saved.sources().stream().map(SavedSystem.ReadFile::file).toList().equals(sources)) {
      return Optional.of("it was made of another scenario");
    }
    return saved.sources().stream()
        .filter(then -> !Files.exists(then.file()) || !DiskCopies.look(then.file()).equals(then))
        .map(then -> then.file() + " has changed since then")
        .findFirst();
  }

  /** The same for one more, who closes it as well. */
  synchronized SystemRestore shared() {
    holders++;
    return this;
  }

  /** Gives back what no machine has taken, once all have done so who have it. */
  @Override
  public synchronized void close() {
    if (--holders > 0) {
      return;
    }
    memories.values().forEach(DetachedMemory::close);
    if (snapshot != null) {
      snapshot.close();
    }
  }
}

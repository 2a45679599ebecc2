package atoll.scenario;

import atoll.device.DmaGrant;
import atoll.disk.DiskLocation;
import atoll.engine.MmuKind;
import atoll.image.ByteSize;
import atoll.vmm.BoardPlan;
import atoll.vmm.BoardPlan.Shortage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Memory, devices and disks that virtual machines ask for must be there and be theirs. */
public final class MemoryRules {
  private final Scenario scenario;
  private final BiConsumer<String, String> report;

  /**
   * @param report told the key and what is wrong with it
   */
  MemoryRules(Scenario scenario, BiConsumer<String, String> report) {
    this.scenario = scenario;
    this.report = report;
  }

  /** What VMs ask of what they share. */
  void checkPlatform() {
    requireMachineMemory();
    requireDisksApart();
    requireFoldersApart();
  }

  /** What each VM asks of its own board. */
  void checkBoards() {
    scenario.vms().forEach(this::requireRoomOnBoard);
    scenario.vms().forEach(this::requireGrantedRam);
    scenario.vms().forEach(this::requireCaller);
  }

  private void requireMachineMemory() {
    long size = scenario.platform().memory();
    long used = 0;
    for (ChannelDescription channel : scenario.channels()) {
      used =
          take(
              channel.service().isPresent() ? channel.key() : channel.key() + ".size",
              channel.size(),
              used,
              size);
    }
    for (VmDescription vm : scenario.vms()) {
      used = take("vms.%s.memory".formatted(vm.name()), vm.memory(), used, size);
    }
    requireTables(size - used);
  }

  /** The rest is for the tables by which addresses are translated. */
  private void requireTables(long left) {
    MemoryMap map = MemoryMap.of(scenario);
    long free = left;
    for (VmDescription vm : scenario.vms()) {
      long tables = map.tables(vm.name());
      if (tables > free) {
        report.accept(
            "vms.%s.mmu".formatted(vm.name()),
            "the tables of '%s' take %s of machine memory in addition to the VMs' RAM, but only %s are left; give more at machine.memory, or choose another technique"
                .formatted(vm.mmu(), ByteSize.format(tables), ByteSize.format(free)));
      }
      free = Math.max(0, free - tables);
    }
  }

  /** What is used with {@code bytes} more, unless they are more than the machine has. */
  private long take(String key, long bytes, long used, long size) {
    if (bytes <= size - used) {
      return used + bytes;
    }
    report.accept(
        key,
        "%s do not fit: the machine has %s, and %s of them are taken by channels and the VMs before this one, expected at most %s; give less, or more at machine.memory"
            .formatted(
                ByteSize.format(bytes),
                ByteSize.format(size),
                ByteSize.format(used),
                ByteSize.format(size - used)));
    return used;
  }

  private void requireRoomOnBoard(VmDescription vm) {
    for (Shortage shortage : scenario.board(vm).shortages()) {
      switch (shortage.resource()) {
        case HARTS ->
            report.accept(
                "vms.%s.vcpus".formatted(vm.name()),
                "found %d, expected at most %d".formatted(shortage.asked(), shortage.most()));
        case RAM ->
            report.accept(
                "vms.%s.memory".formatted(vm.name()),
                "%s are more than a board has room for, expected at most %s"
                    .formatted(
                        ByteSize.format(shortage.asked()), ByteSize.format(shortage.most())));
        case DISKS ->
            report.accept(
                "vms.%s.disks".formatted(vm.name()),
                "found %d disks, expected at most %d beside the other devices"
                    .formatted(shortage.asked(), shortage.most()));
        case SHARES ->
            report.accept(
                "vms.%s.shares".formatted(vm.name()),
                "found %d folders, expected at most %d beside the disks and other devices"
                    .formatted(shortage.asked(), shortage.most()));
        case NICS ->
            report.accept(
                "vms.%s.nics".formatted(vm.name()),
                "found %d network interfaces, expected at most %d beside the other devices"
                    .formatted(shortage.asked(), shortage.most()));
        case CHANNELS ->
            report.accept(
                end(vm, shortage),
                "%s has %d channels before this one, expected at most %d in all"
                    .formatted(vm.name(), shortage.taken(), shortage.most()));
        case SERIALS ->
            report.accept(
                "vms.%s.serial".formatted(vm.name()),
                "found %d serial ports, expected at most %d beside the first one"
                    .formatted(shortage.asked(), shortage.most()));
        case SENSORS ->
            report.accept(
                "vms.%s.sensors".formatted(vm.name()),
                "found %d sensors, expected at most %d"
                    .formatted(shortage.asked(), shortage.most()));
        case FUNCTIONS ->
            report.accept(
                end(vm, shortage),
                "%s has %d devices on PCI Express before this one, expected at most %d in all"
                    .formatted(vm.name(), shortage.taken(), shortage.most()));
        case BUSES ->
            report.accept(
                end(vm, shortage),
                "%s has %d I2C buses before this one, expected at most %d in all"
                    .formatted(vm.name(), shortage.taken(), shortage.most()));
        case PINS -> report.accept("vms.%s".formatted(vm.name()), "its board " + shortage.ofPins());
        case DEVICES, PLACE, ROOM, INTERRUPTS ->
            report.accept(device(vm, shortage.index()), "the device " + shortage.ofDevice());
        case WINDOWS ->
            report.accept(
                end(vm, shortage),
                "%s do not fit beside %s of channels before: they would overlap the devices of %s, expected at most %s in all"
                    .formatted(
                        ByteSize.format(shortage.asked()),
                        ByteSize.format(shortage.taken()),
                        vm.name(),
                        ByteSize.format(shortage.most())));
      }
    }
  }

  private static String device(VmDescription vm, int index) {
    return "vms.%s.devices.%s".formatted(vm.name(), vm.devices().get(index).name());
  }

  /** A device is granted memory of its VM, and nothing else. */
  private void requireGrantedRam(VmDescription vm) {
    for (int n = 0; n < vm.devices().size(); n++) {
      for (DmaGrant.Range range : vm.devices().get(n).dma().ranges()) {
        long offset = range.gpa() - BoardPlan.RAM_BASE;
        if (offset < 0 || range.size() > vm.memory() - offset) {
          report.accept(
              device(vm, n) + ".dma",
              "0x%x to 0x%x is not in the RAM of %s, expected a part of 0x%x to 0x%x"
                  .formatted(
                      range.gpa(),
                      range.gpa() + range.size() - 1,
                      vm.name(),
                      BoardPlan.RAM_BASE,
                      BoardPlan.RAM_BASE + vm.memory() - 1));
        }
      }
    }
  }

  /** The key of the channel's end that there is no room for. */
  private String end(VmDescription vm, Shortage shortage) {
    return scenario.channelsOf(vm.name()).get(shortage.index()).key(vm.name());
  }

  /** Registered page tables are changed by calls, which machine mode does not make. */
  private void requireCaller(VmDescription vm) {
    if (vm.mmu().equals(MmuKind.DIRECT.id()) && vm.guest().machineMode()) {
      report.accept(
          "vms.%s.mmu".formatted(vm.name()),
          "'%s' does not go with %s, which is entered in machine mode, expected a guest that calls the SBI, or another technique"
              .formatted(vm.mmu(), vm.guest().label()));
    }
  }

  /** An image that one VM writes and another has too would be a channel that nobody declared. */
  private void requireDisksApart() {
    Map<Object, String> writers = new HashMap<>();
    Map<Object, String> users = new HashMap<>();
    for (VmDescription vm : scenario.vms()) {
      for (int n = 0; n < vm.disks().size(); n++) {
        DiskSpec disk = vm.disks().get(n);
        Map<Object, String> others = disk.readOnly() ? writers : users;
        Object identity = identity(disk.image());
        String other = others.get(identity);
        if (other != null) {
          report.accept(
              "vms.%s.disks[%d]".formatted(vm.name(), n),
              "%s is also a disk of %s, and not read-only, expected a copy, or read-only: true everywhere"
                  .formatted(disk.image(), other));
        }
        users.putIfAbsent(identity, vm.name());
        if (!disk.readOnly()) {
          writers.putIfAbsent(identity, vm.name());
        }
      }
    }
  }

  /** A folder that one VM writes and another sees would be the same. */
  private void requireFoldersApart() {
    List<VmDescription> vms = scenario.vms();
    for (int v = 0; v < vms.size(); v++) {
      VmDescription vm = vms.get(v);
      for (int n = 0; n < vm.shares().size(); n++) {
        requireApart(vm.shares().get(n), "vms.%s.shares[%d]".formatted(vm.name(), n), v);
      }
    }
  }

  private void requireApart(ShareSpec share, String key, int before) {
    for (VmDescription other : scenario.vms().subList(0, before)) {
      Optional<String> why =
          other.shares().stream()
              .filter(its -> overlap(share.folder(), its.folder()))
              .flatMap(its -> collision(share, its).stream())
              .findFirst();
      if (why.isPresent()) {
        report.accept(
            key,
            "%s is shared with %s too, and %s".formatted(share.folder(), other.name(), why.get()));
        return;
      }
    }
  }

  private static Optional<String> collision(ShareSpec one, ShareSpec other) {
    if (one.exclusive() || other.exclusive()) {
      return Optional.of("exclusive, expected a folder of its own, or exclusive: false everywhere");
    }
    return one.readOnly() && other.readOnly()
        ? Optional.empty()
        : Optional.of("not read-only, expected a folder of its own, or read-only: true everywhere");
  }

  /** Whether one is the other, or in it. */
  private static boolean overlap(Path one, Path other) {
    try {
      Path real = one.toRealPath();
      Path otherReal = other.toRealPath();
      return real.startsWith(otherReal) || otherReal.startsWith(real);
    } catch (IOException e) {
      return false; // A folder that is not there is refused as that.
    }
  }

  /** The number of a disk that is one of those before it, unless both are only read. */
  public static Optional<Integer> sharedDisk(List<DiskSpec> disks) {
    for (int n = 0; n < disks.size(); n++) {
      for (int before = 0; before < n; before++) {
        boolean written = !disks.get(n).readOnly() || !disks.get(before).readOnly();
        if (written && identity(disks.get(n).image()).equals(identity(disks.get(before).image()))) {
          return Optional.of(n);
        }
      }
    }
    return Optional.empty();
  }

  private static Object identity(DiskLocation image) {
    return image.file().map(MemoryRules::identity).orElse(image.toString());
  }

  /** The same for all names of a file, links too. */
  private static Object identity(Path file) {
    try {
      Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      return key == null ? file.toRealPath() : key;
    } catch (IOException e) {
      return file;
    }
  }
}

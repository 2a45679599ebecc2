package atoll.manager;

import atoll.manager.MachineSpec.DiskSpec;
import atoll.vmm.BoardLayout;
import atoll.vmm.BoardLayout.Kind;
import atoll.vmm.BoardLayout.Port;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Where memory is: in the machine, by host-physical address (HPA), and for each virtual machine, by
 * guest-physical address (GPA).
 *
 * @param size bytes of machine memory
 * @param extents what is given out, by address
 * @param guests for each virtual machine, in the order of the file, what it sees, by address
 */
public record MemoryMap(long size, List<Extent> extents, Map<String, List<GuestRegion>> guests) {
  /**
   * A part of machine memory, as it is given out when everything starts. A paged machine's pages
   * are taken one by one within it.
   *
   * @param owner a virtual machine's or a channel's name
   * @param channel whether it is a channel's
   */
  public record Extent(String owner, boolean channel, long hpa, long bytes, MemoryPolicy policy) {}

  /**
   * A range of addresses that a virtual machine sees.
   *
   * @param hpa where in machine memory its first byte is; empty for registers
   */
  public record GuestRegion(BoardLayout.Region region, OptionalLong hpa) {}

  static MemoryMap of(Scenario scenario) {
    List<Extent> extents = extents(scenario);
    Map<String, List<GuestRegion>> guests = new LinkedHashMap<>();
    scenario.vms().forEach(vm -> guests.put(vm.name(), guest(scenario, vm, extents)));
    return new MemoryMap(scenario.machine().memory(), extents, guests);
  }

  /** Bytes given out. */
  public long used() {
    return extents.stream().mapToLong(Extent::bytes).sum();
  }

  /** Channels first, since virtual machines are made with their ends of them. */
  private static List<Extent> extents(Scenario scenario) {
    List<Extent> extents = new ArrayList<>();
    long hpa = 0;
    for (ChannelDescription channel : scenario.channels()) {
      extents.add(new Extent(channel.name(), true, hpa, channel.size(), MemoryPolicy.CONTIGUOUS));
      hpa += channel.size();
    }
    for (VmDescription vm : byStart(scenario.vms())) {
      extents.add(new Extent(vm.name(), false, hpa, vm.memory(), vm.memoryPolicy()));
      hpa += vm.memory();
    }
    return extents;
  }

  /** Services first, and last who waits to be started. */
  private static List<VmDescription> byStart(List<VmDescription> vms) {
    return vms.stream()
        .sorted(
            Comparator.comparing((VmDescription vm) -> !vm.autostart())
                .thenComparing(vm -> !vm.service()))
        .toList();
  }

  private static List<GuestRegion> guest(
      Scenario scenario, VmDescription vm, List<Extent> extents) {
    List<ChannelDescription> channels = scenario.channelsOf(vm.name());
    List<Port> ports =
        channels.stream()
            .map(channel ->
                new Port(
                    channel.name(),
                    channel.size(),
                    channel.endpoint(vm.name()).orElseThrow().writable()))
            .toList();
    List<GuestRegion> regions = new ArrayList<>();
    int windows = 0;
    for (BoardLayout.Region region :
        BoardLayout.of(vm.memory(), vm.guest().machineMode(), virtio(vm), ports)) {
      OptionalLong hpa =
          switch (region.kind()) {
            case DEVICE -> OptionalLong.empty();
            case RAM -> hpa(extents, vm.name(), false);
            case WINDOW -> hpa(extents, ports.get(windows).name(), true);
          };
      windows += region.kind() == Kind.WINDOW ? 1 : 0;
      regions.add(new GuestRegion(region, hpa));
    }
    return List.copyOf(regions);
  }

  private static List<String> virtio(VmDescription vm) {
    List<String> devices = new ArrayList<>();
    for (DiskSpec disk : vm.disks()) {
      devices.add("disk " + disk.file().getFileName() + (disk.readOnly() ? ", read-only" : ""));
    }
    devices.add("entropy");
    if (vm.console() == ConsoleKind.VIRTIO) {
      devices.add("console");
    }
    return devices;
  }

  private static OptionalLong hpa(List<Extent> extents, String owner, boolean channel) {
    return extents.stream()
        .filter(extent -> extent.channel() == channel && extent.owner().equals(owner))
        .mapToLong(Extent::hpa)
        .findFirst();
  }
}

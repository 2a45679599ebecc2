package atoll.scenario;

import atoll.engine.software.SoftHarts;
import atoll.image.Words;
import atoll.memory.MappedExtent;
import atoll.scenario.MachineSpec.DiskSpec;
import atoll.vmm.BoardLayout;
import atoll.vmm.BoardLayout.Kind;
import atoll.vmm.BoardLayout.Port;
import atoll.vmm.VirtioSlots;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
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
   */
  public record Extent(String owner, Use use, long hpa, long bytes, MemoryPolicy policy) {
    private long end() {
      return hpa + bytes;
    }
  }

  /** What machine memory is given out for. */
  public enum Use {
    CHANNEL,
    RAM,
    /** Tables by which the hypervisor translates a virtual machine's addresses. */
    TABLES
  }

  /**
   * A range of addresses that a virtual machine sees.
   *
   * @param hpa where in machine memory its first byte is; empty for registers
   */
  public record GuestRegion(BoardLayout.Region region, OptionalLong hpa) {}

  static MemoryMap of(Scenario scenario) {
    List<Extent> extents = new ArrayList<>();
    Map<String, List<GuestRegion>> guests = new LinkedHashMap<>();
    scenario.vms().forEach(vm -> guests.put(vm.name(), List.of()));
    // Channels first, since virtual machines are made with their ends of them.
    for (ChannelDescription channel : scenario.channels()) {
      add(extents, channel.name(), Use.CHANNEL, channel.size(), MemoryPolicy.CONTIGUOUS);
    }
    for (VmDescription vm : byStart(scenario.vms())) {
      add(extents, vm.name(), Use.RAM, vm.memory(), vm.memoryPolicy());
      List<GuestRegion> regions = guest(scenario, vm, extents);
      guests.put(vm.name(), regions);
      for (long bytes : tables(vm, regions)) {
        add(extents, vm.name(), Use.TABLES, bytes, MemoryPolicy.CONTIGUOUS);
      }
    }
    return new MemoryMap(scenario.machine().memory(), extents, guests);
  }

  private static void add(
      List<Extent> extents, String owner, Use use, long bytes, MemoryPolicy policy) {
    long hpa = extents.isEmpty() ? 0 : extents.getLast().end();
    extents.add(new Extent(owner, use, hpa, bytes, policy));
  }

  private static List<Long> tables(VmDescription vm, List<GuestRegion> regions) {
    List<MappedExtent> map =
        regions.stream()
            .filter(guest -> guest.hpa().isPresent())
            .map(guest -> {
              BoardLayout.Region region = guest.region();
              long hpa = guest.hpa().getAsLong();
              boolean ram = region.kind() == Kind.RAM;
              return new MappedExtent(region.gpa(), hpa, region.size(), 0, region.writable(), ram);
            })
            .toList();
    return SoftHarts.tableBlocks(MmuTechniques.choose(vm.mmu()), vm.vcpus(), map);
  }

  /** Bytes given out. */
  public long used() {
    return extents.stream().mapToLong(Extent::bytes).sum();
  }

  /** Bytes of a virtual machine's tables. */
  long tables(String vm) {
    return extents.stream()
        .filter(extent -> extent.use() == Use.TABLES && extent.owner().equals(vm))
        .mapToLong(Extent::bytes)
        .sum();
  }

  /** Services first, and last the VMs that wait to be started. */
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
            case RAM -> hpa(extents, vm.name(), Use.RAM);
            case WINDOW -> hpa(extents, ports.get(windows).name(), Use.CHANNEL);
          };
      windows += region.kind() == Kind.WINDOW ? 1 : 0;
      regions.add(new GuestRegion(region, hpa));
    }
    return List.copyOf(regions);
  }

  private static List<String> virtio(VmDescription vm) {
    Iterator<DiskSpec> disks = vm.disks().iterator();
    return vm.virtio().devices().stream()
        .map(kind -> kind == VirtioSlots.Kind.DISK ? name(disks.next()) : Words.of(kind))
        .toList();
  }

  private static String name(DiskSpec disk) {
    return "disk " + disk.file().getFileName() + (disk.readOnly() ? ", read-only" : "");
  }

  private static OptionalLong hpa(List<Extent> extents, String owner, Use use) {
    return extents.stream()
        .filter(extent -> extent.use() == use && extent.owner().equals(owner))
        .mapToLong(Extent::hpa)
        .findFirst();
  }
}

package atoll.scenario;

import atoll.engine.software.SoftHarts;
import atoll.memory.GuestMemory;
import atoll.memory.MappedExtent;
import atoll.vmm.BoardPlan.Kind;
import atoll.vmm.BoardPlan.Region;
import atoll.vmm.ChannelDevice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;

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
   * @param hpa where in machine memory its first byte is; empty for registers and ROM
   */
  public record GuestRegion(Region region, OptionalLong hpa) {}

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
    return new MemoryMap(scenario.platform().memory(), extents, guests);
  }

  private static void add(
      List<Extent> extents, String owner, Use use, long bytes, MemoryPolicy policy) {
    long hpa = extents.isEmpty() ? 0 : extents.getLast().end();
    extents.add(new Extent(owner, use, hpa, bytes, policy));
  }

  private static List<Long> tables(VmDescription vm, List<GuestRegion> regions) {
    List<MappedExtent> map = regions.stream().flatMap(MemoryMap::extent).toList();
    return SoftHarts.tableBlocks(MmuTechniques.choose(vm.mmu()), vm.vcpus(), map);
  }

  private static Stream<MappedExtent> extent(GuestRegion guest) {
    Region region = guest.region();
    if (region.kind() == Kind.DEVICE) {
      return Stream.empty();
    }
    long hpa =
        guest.hpa().orElseGet(() -> GuestMemory.chip(region.gpa(), region.size()).hpa()); // a ROM
    boolean code = region.kind() != Kind.WINDOW;
    return Stream.of(
        new MappedExtent(region.gpa(), hpa, region.size(), 0, region.writable(), code));
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
    Iterator<ChannelDescription> channels = windows(scenario, vm.name()).iterator();
    List<GuestRegion> regions = new ArrayList<>();
    for (Region region : scenario.board(vm).regions()) {
      OptionalLong hpa =
          switch (region.kind()) {
            case DEVICE, ROM -> OptionalLong.empty();
            case RAM -> hpa(extents, vm.name(), Use.RAM);
            case WINDOW -> hpa(extents, channels.next().name(), Use.CHANNEL);
          };
      regions.add(new GuestRegion(region, hpa));
    }
    return List.copyOf(regions);
  }

  /** The channels that have a window on a virtual machine's board. */
  private static List<ChannelDescription> windows(Scenario scenario, String vm) {
    return scenario.channelsOf(vm).stream()
        .filter(channel ->
            channel.endpoint(vm).orElseThrow().device() instanceof ChannelDevice.Endpoint)
        .toList();
  }

  private static OptionalLong hpa(List<Extent> extents, String owner, Use use) {
    return extents.stream()
        .filter(extent -> extent.use() == use && extent.owner().equals(owner))
        .mapToLong(Extent::hpa)
        .findFirst();
  }
}

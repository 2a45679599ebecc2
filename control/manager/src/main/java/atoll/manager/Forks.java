package atoll.manager;

import atoll.engine.MmuKind;
import atoll.image.RefusedException;
import atoll.net.MacAddress;
import atoll.net.PortForward;
import atoll.scenario.DisplayDescription;
import atoll.scenario.MmuTechniques;
import atoll.scenario.NetworkDescription;
import atoll.scenario.NicDescription;
import atoll.scenario.PcpuDescription;
import atoll.scenario.Places;
import atoll.scenario.PlatformDescription;
import atoll.scenario.Scenario;
import atoll.scenario.ShareSpec;
import atoll.scenario.VmDescription;
import atoll.scenario.VsockDescription;
import atoll.vmm.SystemState;
import atoll.vmm.VmState;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * A saved system several times side by side: what is of one virtual machine is there once for each
 * copy, under a name with the copy's number. Each copy has CPUs, machine memory and networks of its
 * own, so that all find what they had, and none the others.
 *
 * @param copies how many, up to {@link #MOST}
 */
record Forks(int copies) {
  /** Most copies: each has a physical CPU at least. */
  static final int MOST = PlatformDescription.MAX_CPUS;

  private static final int LAST_PORT = 65_535;

  Forks {
    if (copies < 1 || copies > MOST) {
      throw new RefusedException(
          "a snapshot is forked 1 to %d times, not %d".formatted(MOST, copies));
    }
  }

  private static String named(String name, int copy) {
    return name + "-" + copy;
  }

  private <T> List<T> each(List<T> all, BiFunction<T, Integer, T> copied) {
    List<T> copiesOfAll = new ArrayList<>();
    for (int copy = 1; copy <= copies; copy++) {
      for (T one : all) {
        copiesOfAll.add(copied.apply(one, copy));
      }
    }
    return copiesOfAll;
  }

  // ------------------------------------------------------------ what it is made from

  /**
   * The scenario of all copies.
   *
   * @throws RefusedException if a system of this kind cannot be there twice
   */
  Scenario of(Scenario saved) {
    saved.vms().forEach(Forks::requirePossible);
    requirePossible(saved);
    return new Scenario(
        saved.name(),
        platform(saved.platform()),
        each(saved.vms(), (vm, copy) -> vm(saved, vm, copy)),
        List.of(),
        each(saved.networks(), Forks::network),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Places.NONE);
  }

  private static void requirePossible(VmDescription vm) {
    if (MmuTechniques.choose(vm.mmu()) == MmuKind.DIRECT) {
      throw new RefusedException(
          "%s has page tables that name its place in machine memory (mmu: direct), which only one copy can have; fork a VM with another mmu"
              .formatted(vm.name()));
    }
  }

  private static void requireNoFarEnds(VmDescription vm) {
    if (!vm.serials().isEmpty() || vm.remotePanel().isPresent()) {
      throw new RefusedException(
          "%s has serial ports or a front that lead elsewhere, to what only one copy can have; fork a VM without serial and panel"
              .formatted(vm.name()));
    }
  }

  private static void requireNoFolderAlone(VmDescription vm) {
    if (vm.shares().stream().anyMatch(ShareSpec::exclusive)) {
      throw new RefusedException(
          "%s has a folder of the host for itself (exclusive), which only one copy can have; fork a VM without one"
              .formatted(vm.name()));
    }
  }

  private void requirePossible(Scenario saved) {
    saved.vms().forEach(Forks::requireNoFolderAlone);
    saved.vms().forEach(Forks::requireNoFarEnds);
    saved.channels().stream()
        .findFirst()
        .ifPresent(channel -> {
          throw new RefusedException(
              "the channel %s is known to guests by its name, which only one copy can have; fork a system without channels"
                  .formatted(channel.name()));
        });
    saved.networks().stream()
        .filter(network -> network.hasOneOutside())
        .findFirst()
        .ifPresent(network -> {
          throw new RefusedException(
              "network %s leads to an interface of the host or to another host, where all copies would have one address; fork a system with uplink: user"
                  .formatted(network.name()));
        });
    int cpus = saved.platform().cpus().size();
    if (cpus * copies > PlatformDescription.MAX_CPUS) {
      throw new RefusedException(
          "%d copies of %s need %d CPUs of the platform, which has %d at most; at most %d copies are possible"
              .formatted(
                  copies,
                  saved.name(),
                  cpus * copies,
                  PlatformDescription.MAX_CPUS,
                  PlatformDescription.MAX_CPUS / cpus));
    }
  }

  private PlatformDescription platform(PlatformDescription saved) {
    int cpus = saved.cpus().size();
    List<PcpuDescription> all =
        IntStream.range(0, cpus * copies)
            .mapToObj(n -> {
              PcpuDescription like = saved.cpus().get(n % cpus);
              return new PcpuDescription(n, like.policy(), like.hostCpu());
            })
            .toList();
    long most = Long.MAX_VALUE / PlatformDescription.PAGE * PlatformDescription.PAGE;
    long memory = saved.memory() > most / copies ? most : saved.memory() * copies;
    return new PlatformDescription(all, memory, saved.clock());
  }

  private static VmDescription vm(Scenario saved, VmDescription vm, int copy) {
    int cpus = saved.platform().cpus().size();
    List<MacAddress> addresses = saved.macAddresses().get(vm.name());
    List<NicDescription> nics =
        IntStream.range(0, vm.nics().size())
            .mapToObj(n -> nic(vm.nics().get(n), addresses.get(n), copy))
            .toList();
    return vm.but()
        .name(named(vm.name(), copy))
        .affinity(vm.affinity().stream().map(cpu -> cpu + (copy - 1) * cpus).toList())
        .nics(nics)
        .display(vm.display().map(display -> display(display, copy)))
        .vsock(vm.vsock().map(vsock -> vsock(vsock, copy)))
        .front(vm.front() && copy == 1)
        .consoleLog(Optional.empty())
        .build();
  }

  private static NetworkDescription network(NetworkDescription saved, int copy) {
    return new NetworkDescription(
        named(saved.name(), copy),
        saved.uplink(),
        saved.hostInterface(),
        saved.far(),
        saved.mtu(),
        saved.macFilter());
  }

  /** The guest knows its address already. */
  private static NicDescription nic(NicDescription saved, MacAddress address, int copy) {
    List<PortForward> forwards =
        saved.forwards().stream()
            .map(forward ->
                new PortForward(forward.udp(), next(forward.host(), copy), forward.guestPort()))
            .toList();
    return new NicDescription(
        named(saved.network(), copy),
        Optional.of(address),
        saved.rate(),
        Optional.empty(),
        forwards);
  }

  /** The port as many further as the copy's number; port 0 is any. */
  private static InetSocketAddress next(InetSocketAddress address, int copy) {
    int port = address.getPort() == 0 ? 0 : address.getPort() + copy;
    if (port > LAST_PORT) {
      throw new RefusedException(
          "copy %d has no port of the host: %d and %d are more than %d; save a system with lower ports"
              .formatted(copy, address.getPort(), copy, LAST_PORT));
    }
    return new InetSocketAddress(address.getAddress(), port);
  }

  private static DisplayDescription display(DisplayDescription saved, int copy) {
    return new DisplayDescription(
        saved.size(), saved.vnc().map(address -> next(address, copy)), saved.password());
  }

  /** Another context, which guests are told of. */
  private static VsockDescription vsock(VsockDescription saved, int copy) {
    return new VsockDescription(
        Optional.empty(),
        saved.socket().map(socket -> sibling(socket, copy)),
        saved.reach().stream().map(vm -> named(vm, copy)).toList());
  }

  private static Path sibling(Path socket, int copy) {
    return socket.resolveSibling(named(socket.getFileName().toString(), copy));
  }

  // ------------------------------------------------------------ what was saved

  /** What a snapshot of all copies would have. */
  SavedSystem of(SavedSystem saved) {
    long board = board(saved);
    return new SavedSystem(
        of(saved.scenario()),
        each(saved.vms(), (vm, copy) -> vm.as(named(vm.name(), copy))),
        each(
            saved.regions(),
            (region, copy) -> region.as(named(region.name(), copy), (copy - 1) * board)),
        each(saved.disks(), (disk, copy) -> disk.as(disk(disk.name(), copy))),
        saved.sources());
  }

  /** Bytes of machine memory from its start to behind all that is in use. */
  private static long board(SavedSystem saved) {
    return saved.regions().stream()
        .flatMap(region -> region.places().stream())
        .mapToLong(place -> place.hpa() + place.bytes())
        .max()
        .orElse(0);
  }

  /** Of {@code VM/disk0}. */
  private static String disk(String name, int copy) {
    int slash = name.indexOf('/');
    return named(name.substring(0, slash), copy) + name.substring(slash);
  }

  /** The state of all copies. */
  SystemState of(SystemState saved) {
    return new SystemState(
        saved.time(), each(saved.vms(), (vm, copy) -> of(vm, named(vm.name(), copy))), List.of());
  }

  private static VmState of(VmState saved, String name) {
    return new VmState(
        name,
        saved.memory(),
        saved.harts(),
        saved.vcpus(),
        saved.sbi(),
        saved.held(),
        saved.devices());
  }

  /** The name in the snapshot of a machine, or of a region of memory, that is a copy's. */
  static String origin(String name) {
    return name.substring(0, name.lastIndexOf('-'));
  }

  /** The number of the copy that a machine is of. */
  static int copy(String name) {
    return Integer.parseInt(name.substring(name.lastIndexOf('-') + 1));
  }
}

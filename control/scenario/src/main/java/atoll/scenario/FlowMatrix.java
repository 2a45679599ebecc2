package atoll.scenario;

import atoll.image.Words;
import atoll.scenario.ChannelDescription.Endpoint;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which VMs and the host can reach each other, and how. A connection that is not listed here does
 * not exist: machines have no other memory, interrupt or device in common.
 *
 * @param flows between virtual machines
 * @param outside what connects each with the host
 */
public record FlowMatrix(List<Flow> flows, List<HostLink> outside) {
  /** How one reaches another. */
  public enum Means {
    /** It writes memory that the other reads, and can ring. */
    DATA,
    /** It writes memory that the other reads, and cannot ring. */
    MEMORY,
    /** One of the two is the chips on an I2C bus of the other. */
    BUS,
    /** It serves a device of the other's, and has what is lent to it for each request. */
    SERVES,
    /** It has a device that the other serves: it sends requests, and sees only their answers. */
    ASKS,
    /** It sends frames over a network. */
    NETWORK,
    /** It sends bytes over streams, which one of the two may begin. */
    STREAMS,
    /** It can only ring. */
    DOORBELL,
    /** It can only delay the other, by using time of a CPU that both use. */
    TIME
  }

  /**
   * {@code from} can reach {@code to}.
   *
   * @param via a channel's name, a network's, {@code vsock}, or {@code cpu} and its number
   */
  public record Flow(String from, String to, Means means, String via) {}

  /**
   * What a virtual machine and the host exchange data by.
   *
   * @param what a device and what is behind it
   */
  public record HostLink(String vm, String what) {}

  static FlowMatrix of(Scenario scenario) {
    List<Flow> flows = new ArrayList<>();
    scenario.channels().forEach(channel -> addChannel(channel, flows));
    scenario.networks().forEach(network -> addNetwork(scenario, network, flows));
    scenario.vms().forEach(vm -> addStreams(vm, scenario, flows));
    scenario.platform().cpus().forEach(cpu -> addTime(scenario, cpu, flows));
    List<HostLink> outside = scenario.vms().stream().flatMap(vm -> links(scenario, vm)).toList();
    return new FlowMatrix(List.copyOf(flows), outside);
  }

  /** By what one reaches another. */
  public List<Flow> between(String from, String to) {
    return flows.stream().filter(flow -> flow.from().equals(from) && flow.to().equals(to)).toList();
  }

  private static void addChannel(ChannelDescription channel, List<Flow> flows) {
    for (Endpoint from : channel.endpoints()) {
      for (Endpoint to : channel.peers(from.vm())) {
        means(channel, from)
            .ifPresent(means -> flows.add(new Flow(from.vm(), to.vm(), means, channel.name())));
      }
    }
  }

  private static Optional<Means> means(ChannelDescription channel, Endpoint from) {
    if (channel.service().isPresent()) {
      return channel.server().map(vm -> vm.equals(from.vm()) ? Means.SERVES : Means.ASKS);
    }
    if (channel.bus()) {
      return Optional.of(Means.BUS);
    }
    if (from.writable()) {
      return Optional.of(from.rings() ? Means.DATA : Means.MEMORY);
    }
    return from.rings() ? Optional.of(Means.DOORBELL) : Optional.empty();
  }

  /**
   * What hears frames of a network.
   *
   * @param port the interface that it has, or is served: a machine and a number; clients of one do
   *     not hear each other
   */
  private record Station(String vm, String port) {
    static final String OWN = "";

    boolean hears(Station other) {
      return !vm.equals(other.vm) && (port.equals(OWN) || !port.equals(other.port));
    }
  }

  private static void addNetwork(Scenario scenario, NetworkDescription network, List<Flow> flows) {
    List<Station> plugged = new ArrayList<>();
    for (VmDescription vm : scenario.vmsOn(network)) {
      plugged.add(new Station(vm.name(), Station.OWN));
      for (ChannelDescription channel : scenario.channels()) {
        if (channel.servesNetwork(vm, network.name())) {
          String port = vm.name() + "/" + channel.service().orElseThrow().unit();
          plugged.add(new Station(channel.client().orElseThrow().vm(), port));
        }
      }
    }
    Set<Flow> found = new LinkedHashSet<>();
    for (Station from : plugged) {
      for (Station to : plugged) {
        if (to.hears(from)) {
          found.add(new Flow(from.vm(), to.vm(), Means.NETWORK, network.name()));
        }
      }
    }
    flows.addAll(found);
  }

  private static void addStreams(VmDescription vm, Scenario scenario, List<Flow> flows) {
    for (VmDescription other : scenario.vms()) {
      if (begins(vm, other) || begins(other, vm)) {
        flows.add(new Flow(vm.name(), other.name(), Means.STREAMS, "vsock"));
      }
    }
  }

  private static boolean begins(VmDescription vm, VmDescription other) {
    return vm.vsock().filter(vsock -> vsock.reach().contains(other.name())).isPresent();
  }

  /**
   * Windows of a timetable keep time apart; otherwise a VM that shares a CPU can delay the other.
   */
  private static void addTime(Scenario scenario, PcpuDescription cpu, List<Flow> flows) {
    List<VmDescription> sharers =
        scenario.vms().stream().filter(vm -> vm.affinity().contains(cpu.number())).toList();
    for (VmDescription from : sharers) {
      for (VmDescription to : sharers) {
        if (!from.equals(to) && delays(cpu.policy(), from.schedule(), to.schedule())) {
          flows.add(new Flow(from.name(), to.name(), Means.TIME, "cpu " + cpu.number()));
        }
      }
    }
  }

  private static boolean delays(CpuPolicy policy, Schedule from, Schedule to) {
    return switch (policy) {
      case CpuPolicy.Cyclic windows -> false;
      case CpuPolicy.Priority ranks -> from.priority() >= to.priority();
      default -> true;
    };
  }

  private static Stream<HostLink> links(Scenario scenario, VmDescription vm) {
    Stream<String> console =
        vm.console() == ConsoleKind.NONE
            ? Stream.empty()
            : Stream.of(Words.of(vm.console()) + " console");
    Stream<String> disks =
        Stream.concat(
            vm.image().map(ImageChoice::label).stream(),
            vm.disks().stream()
                .map(disk -> "disk " + disk.image() + (disk.readOnly() ? " (read-only)" : "")));
    Stream<String> shares = vm.shares().stream().map(ShareSpec::link);
    Stream<String> networks =
        vm.nics().stream()
            .flatMap(nic ->
                scenario.networks().stream()
                    .filter(network -> network.name().equals(nic.network()))
                    .flatMap(network -> network.outside().stream())
                    .map(outside -> outside + nic.forwarded()));
    Stream<String> served =
        scenario.channels().stream()
            .filter(
                channel -> channel.client().filter(end -> end.vm().equals(vm.name())).isPresent())
            .flatMap(channel -> served(scenario, channel));
    Stream<String> display = vm.display().map(DisplayDescription::label).stream();
    Stream<String> serials = vm.serials().stream().map(SerialSpec::label);
    Stream<String> panel =
        vm.remotePanel().stream()
            .map(far ->
                "front%s (far side %s)"
                    .formatted(vm.sensors().isEmpty() ? "" : " and sensors", far));
    Stream<String> sockets =
        vm.vsock().stream().flatMap(vsock -> vsock.socket().stream()).map(path -> "vsock " + path);
    Stream<String> devices = vm.devices().stream().map(DeviceSpec::link);
    return Stream.of(
            console, display, serials, panel, disks, shares, networks, served, sockets, devices)
        .flatMap(all -> all)
        .map(what -> new HostLink(vm.name(), what));
  }

  /** What a client reaches by the interface that it is served. */
  private static Stream<String> served(Scenario scenario, ChannelDescription channel) {
    return scenario.vms().stream()
        .flatMap(server ->
            scenario.networks().stream()
                .filter(network -> channel.servesNetwork(server, network.name()))
                .flatMap(network -> network.outside().stream())
                .map(outside -> "%s, served by %s".formatted(outside, server.name())));
  }
}

package atoll.api;

import atoll.image.ByteSize;
import atoll.net.NetworkSettings;
import atoll.scenario.ChannelDescription;
import atoll.scenario.CpuPolicy;
import atoll.scenario.NetworkDescription;
import atoll.scenario.NetworkDescription.Uplink;
import atoll.scenario.PcpuDescription;
import atoll.scenario.PlatformDescription;
import atoll.scenario.PlatformDescription.ClockKind;
import atoll.scenario.Scenario;
import atoll.scenario.ScenarioProblem;
import atoll.scenario.VmDescription;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A system of several VMs, the way a scenario file describes one. What is not said: each hart has a
 * CPU of the platform, which is a thread of the host, and there is as much memory as the VMs want.
 *
 * <pre>{@code
 * Atoll.system()
 *     .vm("cluster", Atoll.builtin("cluster").memory("32M"))
 *     .vm("linux", Atoll.linux().memory("256M").nic("lan"))
 *     .oneWayChannel("vehicle", "4K", "cluster", "linux")
 *     .network("lan")
 *     .start();
 * }</pre>
 */
public final class PlatformBuilder extends SystemBuilder<PlatformBuilder> {
  private final Map<String, VmBuilder> vms = new LinkedHashMap<>();
  private final List<ChannelDescription> channels = new ArrayList<>();
  private final List<NetworkDescription> networks = new ArrayList<>();
  private OptionalInt shared = OptionalInt.empty();
  private OptionalLong memory = OptionalLong.empty();

  PlatformBuilder() {}

  @Override
  PlatformBuilder self() {
    return this;
  }

  /**
   * Lets all harts share so many CPUs, each in turn with its part of the time; otherwise each hart
   * has one of its own.
   *
   * @param count 1 to 64
   * @return this
   */
  public PlatformBuilder cpus(int count) {
    shared = OptionalInt.of(count);
    return this;
  }

  /**
   * Gives the platform memory, in which all VMs and channels must find room.
   *
   * @param size such as {@code 1G}
   * @return this
   * @throws AtollException if that is no size
   */
  public PlatformBuilder memory(String size) {
    memory = OptionalLong.of(bytes(size));
    return this;
  }

  private static long bytes(String size) {
    return ByteSize.parse(size)
        .orElseThrow(() ->
            new AtollException("'%s' is not a size, expected 256M or the like".formatted(size)));
  }

  /**
   * Adds a VM. Of its builder counts what the VM is, and not {@code progress} and {@code
   * hostGrace}.
   *
   * @param name up to 31 lower-case letters, digits and hyphens, a letter first
   * @param vm what it is; used when the system is made
   * @return this
   * @throws AtollException if there is one of that name
   */
  public PlatformBuilder vm(String name, VmBuilder vm) {
    if (vms.putIfAbsent(name, vm) != null) {
      throw new AtollException("there is a VM '%s' already, expected another name".formatted(name));
    }
    return this;
  }

  /**
   * Adds memory that two VMs share, both to write, with a doorbell in each direction.
   *
   * @param name by which guests find it
   * @param size such as {@code 4K}
   * @param one VM
   * @param other VM
   * @return this
   * @throws AtollException if there can be no such channel
   */
  public PlatformBuilder channel(String name, String size, String one, String other) {
    return channel(name, size, one, other, true);
  }

  /**
   * Adds memory that one VM writes and another only reads, with a doorbell in each direction.
   *
   * @param name by which guests find it
   * @param size such as {@code 4K}
   * @param writer VM
   * @param reader VM
   * @return this
   * @throws AtollException if there can be no such channel
   */
  public PlatformBuilder oneWayChannel(String name, String size, String writer, String reader) {
    return channel(name, size, writer, reader, false);
  }

  private PlatformBuilder channel(
      String name, String size, String one, String other, boolean both) {
    channels.add(
        Operator.translated(() ->
            new ChannelDescription(
                name,
                bytes(size),
                List.of(
                    new ChannelDescription.Endpoint(one, true),
                    new ChannelDescription.Endpoint(other, both)))));
    return this;
  }

  /**
   * Has one VM, which has to be a {@linkplain VmBuilder#service service}, serve a device to another
   * one, which sees an ordinary one of virtio.
   *
   * @param name of the service, unique among channels
   * @param server a driver VM, such as the builtin {@code driver}
   * @param device what the client has: all of the server's first one of that kind
   * @param client VM
   * @return this
   * @throws AtollException if there can be no such service
   */
  public PlatformBuilder serves(String name, String server, ServedDevice device, String client) {
    channels.add(
        Operator.translated(() -> ChannelDescription.ofFirst(device.name(), name, server, client)));
    return this;
  }

  /**
   * Adds a network that VMs are plugged into by {@link VmBuilder#nic}, without a way outside.
   *
   * @param name up to 31 lower-case letters, digits and hyphens, a letter first
   * @return this
   * @throws AtollException if it cannot be called so
   */
  public PlatformBuilder network(String name) {
    return network(name, Uplink.NONE);
  }

  /**
   * Adds a network that reaches the outside by the host's sockets.
   *
   * @param name up to 31 lower-case letters, digits and hyphens, a letter first
   * @return this
   * @throws AtollException if it cannot be called so
   */
  public PlatformBuilder outsideNetwork(String name) {
    return network(name, Uplink.USER);
  }

  /**
   * Lets VMs on a network send with other addresses than those of their interfaces, as who {@link
   * #serves} one of them has to.
   *
   * @param name of a network that was added
   * @return this
   * @throws AtollException if there is no such network
   */
  public PlatformBuilder anyAddress(String name) {
    int n = networks.stream().map(NetworkDescription::name).toList().indexOf(name);
    if (n < 0) {
      throw new AtollException(
          "there is no network '%s', expected one that was added before".formatted(name));
    }
    networks.set(n, of(name, networks.get(n).uplink(), false));
    return this;
  }

  private PlatformBuilder network(String name, Uplink uplink) {
    networks.add(of(name, uplink, true));
    return this;
  }

  private static NetworkDescription of(String name, Uplink uplink, boolean filter) {
    return Operator.translated(() ->
        new NetworkDescription(name, uplink, Optional.empty(), NetworkSettings.USUAL_MTU, filter));
  }

  @Override
  Described describe(Operator operator, Workspace files, Consumer<String> progress) {
    if (vms.isEmpty()) {
      throw new AtollException("there is no VM in the system, expected one at least");
    }
    Agents agents = new Agents(files);
    List<NetworkDescription> all = new ArrayList<>(networks);
    List<VmDescription> described = new ArrayList<>();
    vms.forEach((name, vm) -> {
      String uplink = freeName(all);
      all.addAll(vm.outside(uplink));
      described.add(vm.describe(name, uplink, operator, files.part(name), agents, progress));
    });
    Scenario scenario =
        new Scenario("system", platform(described), placed(described), channels).withNetworks(all);
    String problems =
        scenario.problems().stream()
            .map(PlatformBuilder::sentence)
            .collect(Collectors.joining("\n"));
    if (!problems.isEmpty()) {
      throw new AtollException(problems);
    }
    return new Described(scenario, agents.sockets());
  }

  private static String sentence(ScenarioProblem problem) {
    return problem.key() + ": " + problem.message();
  }

  private static String freeName(List<NetworkDescription> taken) {
    return IntStream.iterate(0, n -> n + 1)
        .mapToObj(n -> "net" + n)
        .filter(name -> taken.stream().noneMatch(network -> network.name().equals(name)))
        .findFirst()
        .orElseThrow();
  }

  private PlatformDescription platform(List<VmDescription> described) {
    List<CpuPolicy> cpus =
        shared.isPresent()
            ? Collections.nCopies(shared.getAsInt(), CpuPolicy.Fair.USUAL)
            : described.stream().flatMap(PlatformBuilder::own).toList();
    return new PlatformDescription(
        IntStream.range(0, cpus.size())
            .mapToObj(n -> new PcpuDescription(n, cpus.get(n), OptionalInt.empty()))
            .toList(),
        memory.orElse(PlatformDescription.UNLIMITED),
        ClockKind.HOST);
  }

  private static Stream<CpuPolicy> own(VmDescription vm) {
    return Collections.nCopies(vm.vcpus(), CpuPolicy.ofMachine(vm.vcpus())).stream();
  }

  /** Each hart on the next CPU. */
  private List<VmDescription> placed(List<VmDescription> described) {
    List<VmDescription> placed = new ArrayList<>();
    int next = 0;
    for (VmDescription vm : described) {
      int first = next;
      placed.add(
          vm.but()
              .affinity(
                  IntStream.range(first, first + vm.vcpus())
                      .map(n -> shared.isPresent() ? n % shared.getAsInt() : n)
                      .boxed()
                      .toList())
              .build());
      next += vm.vcpus();
    }
    return placed;
  }
}

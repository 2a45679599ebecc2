package atoll.scenario;

import atoll.net.MacAddress;
import atoll.vmm.BoardDescription;
import atoll.vmm.BoardPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * A whole system as a user describes it: one platform, the virtual machines that share it, and the
 * channels between them. {@link ScenarioPlan} checks the parts against each other.
 *
 * @param name for messages and reports
 * @param vms in the order of the file; they are started in it, services first
 * @param channels in the order of the file
 * @param networks in the order of the file
 * @param debuggers where debuggers find its virtual machines
 * @param snapshot where it begins, if there is a snapshot of that name that was made of it
 * @param file where it was read from, if from a file; its folder is what relative paths in it refer
 *     to
 * @param places where its keys are in the file
 * @param verify whether it starts only if it was signed
 */
public record Scenario(
    String name,
    PlatformDescription platform,
    List<VmDescription> vms,
    List<ChannelDescription> channels,
    List<NetworkDescription> networks,
    List<DebuggerDescription> debuggers,
    Optional<String> snapshot,
    Optional<Path> file,
    Places places,
    VerifyRule verify) {
  public Scenario {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(platform, "platform");
    vms = List.copyOf(vms);
    channels = List.copyOf(channels);
    networks = List.copyOf(networks);
    debuggers = List.copyOf(debuggers);
    Objects.requireNonNull(snapshot, "snapshot");
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(places, "places");
    Objects.requireNonNull(verify, "verify");
  }

  /** One that need not be signed. */
  public Scenario(
      String name,
      PlatformDescription platform,
      List<VmDescription> vms,
      List<ChannelDescription> channels,
      List<NetworkDescription> networks,
      List<DebuggerDescription> debuggers,
      Optional<String> snapshot,
      Optional<Path> file,
      Places places) {
    this(
        name,
        platform,
        vms,
        channels,
        networks,
        debuggers,
        snapshot,
        file,
        places,
        VerifyRule.NONE);
  }

  /** One that is made and not read, without networks. */
  public Scenario(
      String name,
      PlatformDescription platform,
      List<VmDescription> vms,
      List<ChannelDescription> channels) {
    this(
        name,
        platform,
        vms,
        channels,
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Places.NONE);
  }

  /** One for a single virtual machine, which has what it needs. */
  public static Scenario of(VmDescription vm) {
    return of(vm, List.of());
  }

  /** The same with networks. */
  public static Scenario of(VmDescription vm, List<NetworkDescription> networks) {
    return new Scenario(
        vm.name(),
        PlatformDescription.of(vm.vcpus()),
        List.of(vm),
        List.of(),
        networks,
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Places.NONE);
  }

  /** The same with other virtual machines of the same names. */
  public Scenario withVms(List<VmDescription> others) {
    return new Scenario(
        name, platform, others, channels, networks, debuggers, snapshot, file, places, verify);
  }

  /** The same with other networks. */
  public Scenario withNetworks(List<NetworkDescription> others) {
    return new Scenario(
        name, platform, vms, channels, others, debuggers, snapshot, file, places, verify);
  }

  /** The same with other places where debuggers find its virtual machines. */
  public Scenario withDebuggers(List<DebuggerDescription> others) {
    return new Scenario(
        name, platform, vms, channels, networks, others, snapshot, file, places, verify);
  }

  /**
   * The same, which starts only if it was signed.
   *
   * @param by the name of the one who must have, or anyone who is trusted
   */
  public Scenario verified(Optional<String> by) {
    return new Scenario(
        name,
        platform,
        vms,
        channels,
        networks,
        debuggers,
        snapshot,
        file,
        places,
        verify.demanded(by));
  }

  /** The files that it and its virtual machines are made from, but for disks. */
  public List<Path> sources() {
    return Stream.concat(
            file.stream(),
            vms.stream().flatMap(vm -> ReferenceRules.files(vm.withDisks(List.of()))))
        .map(path -> path.toAbsolutePath().normalize())
        .distinct()
        .toList();
  }

  /** Whether a virtual machine's first life waits for a debugger. */
  public boolean waitsForDebugger(String vm) {
    return debuggers.stream().anyMatch(debugger -> debugger.waits() && debugger.has(vm));
  }

  /** A sentence about one of its keys, with the key's place. */
  public ScenarioProblem problem(String key, String message) {
    return places
        .of(key)
        .map(at -> new ScenarioProblem(origin(), at.line(), at.column(), key, message))
        .orElseGet(() -> new ScenarioProblem(origin(), 0, 0, key, message));
  }

  /** The file that it was read from, or else its name. */
  public String origin() {
    return file.map(Path::toString).orElse(name);
  }

  /** The virtual machine of that name, if there is one. */
  public Optional<VmDescription> vm(String vm) {
    return vms.stream().filter(described -> described.name().equals(vm)).findFirst();
  }

  /** The channels that a virtual machine is an end of, in order. */
  public List<ChannelDescription> channelsOf(String vm) {
    return channels.stream().filter(channel -> channel.endpoint(vm).isPresent()).toList();
  }

  /** A network by its name, which it must have. */
  public NetworkDescription network(String name) {
    return networks.stream()
        .filter(network -> network.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** The virtual machines that are plugged into a network, in order. */
  public List<VmDescription> vmsOn(NetworkDescription network) {
    return vms.stream()
        .filter(vm -> vm.nics().stream().anyMatch(nic -> nic.network().equals(network.name())))
        .toList();
  }

  /** The addresses of all network interfaces, by virtual machine and in order. */
  public Map<String, List<MacAddress>> macAddresses() {
    return NetworkRules.addresses(name, vms);
  }

  /** The contexts of all devices for streams, by virtual machine. */
  public Map<String, Long> contexts() {
    return VsockRules.contexts(vms);
  }

  /** What is wrong with one that was made and not read; what could not be added up is not. */
  public List<ScenarioProblem> problems() {
    List<ScenarioProblem> found = new ArrayList<>();
    BiConsumer<String, String> report = (key, message) -> found.add(problem(key, message));
    List<String> names = vms.stream().map(VmDescription::name).toList();
    new ReferenceRules(report).check(Optional.of(platform), names, vms, channels);
    new NetworkRules(vms, report)
        .check(networks, networks.stream().map(NetworkDescription::name).toList());
    new VsockRules(vms, report).check(new LinkedHashSet<>(names));
    new ServiceRules(vms, report).check(channels, networks);
    if (found.isEmpty()) {
      MemoryRules memory = new MemoryRules(this, report);
      memory.checkBoards();
      memory.checkPlatform();
      new CpuRules(this, report).check();
    }
    return found;
  }

  /** What is on a virtual machine's board, and where. */
  BoardPlan board(VmDescription vm) {
    return BoardPlan.of(
        vm.board(
            channelsOf(vm.name()).stream()
                .map(channel ->
                    new BoardDescription.Port(
                        channel.name(),
                        channel.size(),
                        channel.endpoint(vm.name()).orElseThrow().end()))
                .toList()));
  }
}

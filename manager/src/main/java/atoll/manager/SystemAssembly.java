package atoll.manager;

import atoll.backend.HostEntropy;
import atoll.device.spi.BlockBackend;
import atoll.host.Clock;
import atoll.kernel.Idle;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.vmm.Boot;
import atoll.vmm.ChannelPort;
import atoll.vmm.Placement;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Makes a {@link RunningSystem} of a scenario: board, channels, disks, machines. Used once. */
final class SystemAssembly {
  private final VmAction.CreateSystem action;
  private final Scenario scenario;
  private final BootChoice boots;
  private final Clock clock;
  private final List<BlockBackend> disks = new ArrayList<>();
  private final Map<String, List<ChannelPort>> ports = new LinkedHashMap<>();

  SystemAssembly(VmAction.CreateSystem action, BootChoice boots, Clock clock) {
    this.action = action;
    this.scenario = action.scenario();
    this.boots = boots;
    this.clock = clock;
  }

  /**
   * Makes everything; what cannot be done is said before anything runs.
   *
   * @throws ManagerException and others as {@link Manager#perform} says
   */
  RunningSystem assemble() {
    Map<String, Boot> entries = new LinkedHashMap<>();
    for (VmDescription vm : scenario.vms()) {
      entries.put(vm.name(), boots.of(atTerminal(vm.guest()), vm.files()));
    }
    Microkernel board =
        new Microkernel(
            clock,
            Policies.of(scenario.machine()),
            new MachineMemory(scenario.machine().memory()),
            Idle.parking(clock));
    try {
      return assemble(board, entries);
    } catch (RuntimeException e) {
      board.close();
      RunningMachine.close(disks);
      throw e;
    }
  }

  private RunningSystem assemble(Microkernel board, Map<String, Boot> entries) {
    scenario.channels().forEach(channel -> connect(board, channel));
    Map<String, Supplier<VirtualMachine>> makers = new LinkedHashMap<>();
    for (VmDescription vm : scenario.vms()) {
      VmConfig config = configure(vm, entries.get(vm.name()));
      makers.put(vm.name(), () -> VirtualMachine.create(config, board));
    }
    RunningSystem system =
        new RunningSystem(scenario, board, makers, disks, action.listener(), clock);
    try {
      system.prepare();
      return system;
    } catch (RuntimeException e) {
      system.stop();
      throw e;
    }
  }

  private Guest atTerminal(Guest guest) {
    return guest instanceof Guest.Linux linux
        ? new Guest.Linux(linux.mirror(), action.terminal(), linux.images())
        : guest;
  }

  private void connect(Microkernel board, ChannelDescription channel) {
    ChannelDescription.Endpoint first = channel.endpoints().get(0);
    ChannelDescription.Endpoint second = channel.endpoints().get(1);
    List<ChannelPort> ends =
        ChannelPort.pair(
            board, channel.name(), channel.size(), first.writable(), second.writable());
    ports.computeIfAbsent(first.vm(), name -> new ArrayList<>()).add(ends.get(0));
    ports.computeIfAbsent(second.vm(), name -> new ArrayList<>()).add(ends.get(1));
  }

  private VmConfig configure(VmDescription vm, Boot boot) {
    Wiring wiring =
        action.consoles().getOrDefault(vm.name(), new Wiring(new NoConsole(), Optional.empty()));
    VmConfig.Builder config =
        VmConfig.builder(Engines.choose(vm.engine(), Optional.empty()), boot)
            .name(vm.name())
            .mmu(MmuTechniques.choose(vm.mmu()))
            .memory(vm.memory())
            .memoryPolicy(policy(vm.memoryPolicy()))
            .cpus(vm.vcpus())
            .placements(placements(vm))
            .disks(open(vm))
            .channels(ports.getOrDefault(vm.name(), List.of()))
            .console(wiring.serial())
            .entropy(new HostEntropy())
            .onReset(VmConfig.OnReset.END);
    wiring.virtio().ifPresent(config::virtioConsole);
    vm.watchdog().ifPresent(config::watchdog);
    return config.build();
  }

  private static MachineMemory.Policy policy(MemoryPolicy policy) {
    return switch (policy) {
      case CONTIGUOUS -> MachineMemory.Policy.CONTIGUOUS;
      case PAGED -> MachineMemory.Policy.PAGED;
    };
  }

  private static List<Placement> placements(VmDescription vm) {
    var reservation = Policies.reservation(vm.schedule());
    return vm.affinity().stream().map(pcpu -> new Placement(pcpu, reservation)).toList();
  }

  private List<BlockBackend> open(VmDescription vm) {
    List<BlockBackend> opened = new ArrayList<>();
    for (MachineSpec.DiskSpec disk : vm.disks()) {
      BlockBackend backend = disk.open(what -> action.listener().failing(vm.name(), what));
      disks.add(backend);
      opened.add(backend);
    }
    return opened;
  }
}

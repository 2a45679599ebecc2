package atoll.manager;

import atoll.device.spi.BlockBackend;
import atoll.disk.ReportedDisk;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.kernel.Idle;
import atoll.kernel.KernelException;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.scenario.Guest;
import atoll.scenario.MachineSpec;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.vmm.Boot;
import atoll.vmm.ChannelPort;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import atoll.vmm.VmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Makes a {@link RunningSystem} of a scenario: board, channels, disks, machines. Used once. */
final class SystemAssembly {
  private final VmAction.CreateSystem action;
  private final Scenario scenario;
  private final BootChoice boots;
  private final Clock clock;
  private final Effects effects;
  private final List<BlockBackend> disks = new ArrayList<>();

  SystemAssembly(VmAction.CreateSystem action, BootChoice boots, Clock clock, Effects effects) {
    this.action = action;
    this.scenario = action.scenario();
    this.boots = boots;
    this.clock = clock;
    this.effects = effects;
  }

  /**
   * Makes everything; what cannot be done is said before anything runs.
   *
   * @throws RefusedException and others as {@link Manager#perform} says
   */
  RunningSystem assemble() {
    Map<String, Boot> entries = new LinkedHashMap<>();
    for (VmDescription vm : scenario.vms()) {
      String key = vm.guest() instanceof Guest.Linux ? ".builtin" : "";
      entries.put(vm.name(), named(vm, key, () -> boots.of(atTerminal(vm.guest()), vm.files())));
    }
    Microkernel board =
        new Microkernel(
            clock,
            Policies.of(scenario.machine()),
            new MachineMemory(scenario.machine().memory()),
            Idle.PARKING);
    try {
      return assemble(board, entries);
    } catch (RuntimeException e) {
      board.close();
      RunningMachine.close(disks);
      throw e;
    }
  }

  private RunningSystem assemble(Microkernel board, Map<String, Boot> entries) {
    Map<String, List<ChannelPort>> ports = HostRules.ports(scenario, board);
    Map<String, Supplier<VirtualMachine>> makers = new LinkedHashMap<>();
    for (VmDescription vm : scenario.vms()) {
      List<ChannelPort> ends = ports.getOrDefault(vm.name(), List.of());
      List<BlockBackend> opened = open(vm);
      VmConfig config = named(vm, "", () -> configure(vm, entries.get(vm.name()), opened, ends));
      makers.put(vm.name(), () -> named(vm, "", () -> VirtualMachine.create(config, board)));
    }
    RunningSystem system =
        new RunningSystem(scenario, board, makers, disks, action.listener(), effects);
    try {
      system.prepare();
      return system;
    } catch (RuntimeException e) {
      system.stop();
      throw e;
    }
  }

  /** A failure is reported with the VM's place in the scenario. */
  private <T> T named(VmDescription vm, String key, Supplier<T> step) {
    try {
      return step.get();
    } catch (VmException | HostException | KernelException | RefusedException e) {
      throw new RefusedException(
          scenario.problem("vms." + vm.name() + key, e.getMessage()).toString(), e);
    }
  }

  private Guest atTerminal(Guest guest) {
    return guest instanceof Guest.Linux linux
        ? new Guest.Linux(linux.mirror(), action.terminal(), linux.images())
        : guest;
  }

  private VmConfig configure(
      VmDescription vm, Boot boot, List<BlockBackend> opened, List<ChannelPort> ports) {
    Wiring wiring = action.consoles().getOrDefault(vm.name(), VmConfiguration.unwatched(vm));
    return VmConfiguration.of(
        vm,
        boot,
        opened,
        ports,
        wiring,
        effects.ofMachine(),
        text -> action.listener().noticed(vm.name(), text));
  }

  private List<BlockBackend> open(VmDescription vm) {
    List<BlockBackend> opened = new ArrayList<>();
    for (MachineSpec.DiskSpec disk : vm.disks()) {
      BlockBackend backend =
          named(
              vm,
              ".disks[%d]".formatted(opened.size()),
              () ->
                  ReportedDisk.open(
                      disk.file(),
                      disk.readOnly(),
                      what -> action.listener().noticed(vm.name(), what)));
      disks.add(backend);
      opened.add(backend);
    }
    return opened;
  }
}

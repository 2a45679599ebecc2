package atoll.manager;

import atoll.device.PeripheralCode;
import atoll.device.spi.BlockBackend;
import atoll.device.spi.DisplayBackend;
import atoll.device.spi.NetBackend;
import atoll.device.spi.ShareBackend;
import atoll.device.spi.VsockBackend;
import atoll.display.Screen;
import atoll.engine.CodeStore;
import atoll.engine.SharedCode;
import atoll.engine.software.Workshop;
import atoll.host.Effects;
import atoll.kernel.MachineMemory;
import atoll.net.MacAddress;
import atoll.net.NetworkSettings;
import atoll.peripheral.PeripheralFactory;
import atoll.peripheral.RegisterAccess;
import atoll.scenario.DeviceSpec;
import atoll.scenario.Engines;
import atoll.scenario.FwCfgSpec;
import atoll.scenario.MemoryPolicy;
import atoll.scenario.MmuTechniques;
import atoll.scenario.VmDescription;
import atoll.vmm.BoardEnds;
import atoll.vmm.BoardPeripheral;
import atoll.vmm.Boot;
import atoll.vmm.ChannelPort;
import atoll.vmm.FirmwareFlash;
import atoll.vmm.Image;
import atoll.vmm.LedListener;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The monitor's configuration for a virtual machine of a scenario, to run it or to look at it. */
final class VmConfiguration {
  private VmConfiguration() {}

  /**
   * Puts it together.
   *
   * @param disks one for each of the description's
   * @param shares one for each of its folders
   * @param nics one for each of its network interfaces
   * @param screen of its display, if it has one
   * @param vsock for its device for streams, if it has one
   * @param devices of its user's own
   * @param ports one for each of its channels
   * @param ends what its serial ports and sensors lead to
   * @param flash what is in its flash, if its guest starts there
   * @param effects the machine's own
   * @param notices told what a person should know while it runs
   * @param leds told of what its LEDs do
   * @param reports shown what it executes
   * @param code that was translated in earlier runs
   * @param shared code that other machines have translated
   * @param workshop where a part of the translation is done
   */
  static VmConfig of(
      VmDescription vm,
      Boot boot,
      List<BlockBackend> disks,
      List<ShareBackend> shares,
      List<NetBackend> nics,
      Optional<DisplayBackend> screen,
      Optional<VsockBackend> vsock,
      List<BoardPeripheral> devices,
      List<ChannelPort> ports,
      BoardEnds ends,
      Optional<FirmwareFlash> flash,
      Wiring wiring,
      Effects effects,
      Consumer<String> notices,
      LedListener leds,
      RunReports reports,
      Optional<CodeStore> code,
      Optional<SharedCode> shared,
      Optional<Workshop> workshop) {
    VmConfig.Builder config =
        VmConfig.builder(
                Engines.choose(vm.engine(), reports.listener(), code, shared, workshop), boot)
            .name(vm.name())
            .mmu(MmuTechniques.choose(vm.mmu()))
            .paging(vm.paging())
            .onTrapLoop(vm.onTrapLoop())
            .notices(notices)
            .leds(leds)
            .memory(vm.memory())
            .memoryPolicy(policy(vm.memoryPolicy()))
            .cpus(vm.vcpus())
            .placements(placements(vm))
            .disks(disks)
            .shares(shares)
            .nics(nics)
            .devices(devices)
            .channels(ports)
            .options(vm.boardOptions())
            .ends(ends)
            .fwCfg(Credentials.with(vm).stream().map(FwCfgSpec::read).toList())
            .console(wiring.serial())
            .effects(effects);
    flash.ifPresent(config::flash);
    screen.ifPresent(config::screen);
    wiring.virtio().ifPresent(config::virtioConsole);
    vsock.ifPresent(config::vsock);
    vm.watchdog().ifPresent(config::watchdog);
    reports.tracer().ifPresent(config::tracer);
    return config.build();
  }

  /** A device of a user's own, made by {@code factory}. */
  static BoardPeripheral device(
      DeviceSpec device, PeripheralFactory factory, Optional<Consumer<RegisterAccess>> watcher) {
    return new BoardPeripheral(
        device.device(),
        new PeripheralCode(
            device.code().label(),
            factory,
            device.settings(),
            device.dma(),
            watcher,
            device.patience()));
  }

  private static BoardPeripheral plannedDevice(DeviceSpec device) {
    PeripheralFactory none =
        board -> {
          throw new UnsupportedOperationException(device.name() + " is planned, and not made");
        };
    return device(device, none, Optional.empty());
  }

  /**
   * The same to look at: nothing is opened, and nobody listens.
   *
   * @param code in its flash, if its guest starts there
   */
  static VmConfig planned(
      VmDescription vm, Boot boot, List<ChannelPort> ports, Optional<Path> code, Effects effects) {
    VmConsole unheard = new VmConsole(vm.name(), vm.console(), EventListener.nobody());
    return of(
        vm,
        boot,
        VmCheck.planned(vm.disks()),
        VmCheck.plannedShares(vm.shares()),
        plannedNics(vm),
        vm.display().map(display -> new Screen(display.size())),
        vm.vsock().map(vsock -> new PlannedVsock()),
        vm.devices().stream().map(VmConfiguration::plannedDevice).toList(),
        ports,
        FarEnds.planned(vm),
        code.map(VmConfiguration::plannedFlash),
        unheard.wiring(),
        effects.ofMachine(),
        notice -> {},
        (led, lit) -> {},
        new RunReports(ReportFiles.NONE),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static FirmwareFlash plannedFlash(Path code) {
    return new FirmwareFlash(Image.file(code), new PlannedDisk(FirmwareFlash.BANK, false));
  }

  private static List<NetBackend> plannedNics(VmDescription vm) {
    return Collections.nCopies(
        vm.nics().size(),
        new PlannedNic(MacAddress.of("", vm.name(), 0).bits(), NetworkSettings.USUAL_MTU));
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
}

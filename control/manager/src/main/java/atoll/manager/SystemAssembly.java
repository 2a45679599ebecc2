package atoll.manager;

import atoll.debug.DebugAddress;
import atoll.device.spi.BlockBackend;
import atoll.device.spi.DiskLimits;
import atoll.device.spi.DisplayBackend;
import atoll.device.spi.NetBackend;
import atoll.device.spi.ShareBackend;
import atoll.device.spi.VsockBackend;
import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.ReportedDisk;
import atoll.engine.CodeStore;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostClaims;
import atoll.host.HostException;
import atoll.host.Timers;
import atoll.image.RefusedException;
import atoll.image.VariableFiles;
import atoll.kernel.DetachedMemory;
import atoll.kernel.Idle;
import atoll.kernel.KernelException;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.peripheral.PeripheralFactory;
import atoll.scenario.DebuggerDescription;
import atoll.scenario.DeviceSpec;
import atoll.scenario.DiskSpec;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.Secrecy;
import atoll.scenario.ShareSpec;
import atoll.scenario.VmDescription;
import atoll.share.SharedFolder;
import atoll.vmm.BoardEnds;
import atoll.vmm.BoardPeripheral;
import atoll.vmm.Boot;
import atoll.vmm.ChannelPort;
import atoll.vmm.FirmwareFlash;
import atoll.vmm.Image;
import atoll.vmm.PlannedBoot;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import atoll.vmm.VmException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Makes a {@link RunningSystem} of a scenario: CPUs, memory, channels, disks, machines. Used once.
 */
final class SystemAssembly {
  private final SystemAction.CreateSystem action;
  private final Scenario scenario;
  private final BootChoice boots;
  private final ImageDisks images;
  private final VariableFiles variables;
  private final CheckedBoot checked;
  private final ProgramDevices functions;
  private final EventListener listener;
  private final Optional<SystemRestore> from;
  private final Effects effects;
  private final KeptCode code;
  private final Microkernel platform;
  private final Timers timers;
  private final Networks networks;
  private final Displays displays;
  private final Vsocks vsocks;
  private final HostProperty property;
  private final FarEnds ends;
  private final RunningSystem system;

  /** How copies begin, if that is what is made. */
  private final Optional<CopyStart> copies;

  /** A VM that is to be made, and what its lives begin with. */
  private record Planned(EnteredVm vm, Boot boot) {}

  /**
   * @param images what VMs start from, all of them there already
   * @param variables where firmware keeps its variables
   * @param checked what a check has planned already
   * @param functions of the program that devices are made and watched by
   * @param listener told of the system's machines
   * @param from what it goes on from, if it does; the caller closes it once the machines are made
   * @param data the user's folder for what cannot be made again
   * @param clock the host's, which its platform takes its pace from
   * @param code that was translated in earlier runs
   * @param claims who has what of the host
   * @param keys for far sides
   */
  SystemAssembly(
      SystemAction.CreateSystem action,
      BootChoice boots,
      ImageDisks images,
      VariableFiles variables,
      CheckedBoot checked,
      ProgramDevices functions,
      EventListener listener,
      Optional<SystemRestore> from,
      Path data,
      Clock clock,
      Effects effects,
      KeptCode code,
      HostClaims claims,
      FarKeys keys) {
    this.action = action;
    this.code = code;
    this.scenario = action.scenario();
    this.boots = boots;
    this.images = images;
    this.variables = variables;
    this.checked = checked;
    this.functions = functions;
    this.listener = listener;
    this.from = from;
    this.effects = effects;
    platform =
        new Microkernel(
            clock,
            Policies.of(scenario.platform()),
            new MachineMemory(scenario.platform().memory()),
            Idle.PARKING);
    from.ifPresent(saved -> {
      platform.clock().stop();
      platform.clock().set(saved.time().nanos(), clock.epochNanos());
    });
    timers = effects.timers().apply(platform.clock());
    property = new HostProperty(scenario.name(), claims);
    networks =
        new Networks(scenario, platform.clock(), effects, keys, property, this::networkNotice);
    ends =
        new FarEnds(
            property,
            keys,
            clock,
            effects,
            (vm, text) -> listener.accept(new Event.Noticed(vm, text)));
    displays = new Displays(clock, effects);
    vsocks = new Vsocks(scenario, platform.clock(), effects, this::networkNotice);
    Debuggers debuggers =
        new Debuggers(clock, effects, (vm, text) -> listener.accept(new Event.Noticed(vm, text)));
    system =
        new RunningSystem(
            scenario,
            platform,
            timers,
            clock,
            data,
            new Alarms(timers, platform.clock(), listener),
            networks,
            displays,
            vsocks,
            debuggers);
    system.atEnd(ends::close);
    copies =
        from.filter(SystemRestore::forked)
            .map(saved ->
                new CopyStart(
                    timers, platform.clock(), effects.tasks(), processors() + 1, system::look));
    copies.ifPresent(system::beginInTurn);
  }

  /**
   * Opens what the system holds, fetches what it runs and describes its machines, of which none is
   * made yet.
   *
   * @throws RefusedException and others as {@link Manager#perform} says
   */
  RunningSystem assemble() {
    try {
      action.reports().forEach(this::report);
      List<Planned> entries = new ArrayList<>();
      for (VmDescription described : scenario.vms()) {
        EnteredVm vm = entered(described);
        entries.add(new Planned(vm, named(described, key(described), () -> boot(vm))));
      }
      SystemChannels channels =
          from.map(saved -> saved.place(scenario, platform))
              .orElseGet(() -> SystemChannels.of(scenario, platform));
      entries.forEach(each -> add(each.vm, each.boot, channels.of(each.vm.vm().name())));
      system.made(
          scenario.withVms(entries.stream().map(each -> each.vm.vm()).toList()),
          channels,
          from.map(SystemRestore::time),
          from.map(saved -> saved.saved().sources()).orElseGet(this::sources),
          listener);
      scenario.debuggers().forEach(this::debug);
      return system;
    } catch (RuntimeException e) {
      system.abandon();
      throw e;
    }
  }

  private void report(String vm, ReportFiles files) {
    if (!files.none()) {
      scenario.vm(vm).ifPresent(of -> Secrets.require(of, Secrecy.Leave.REPORT));
    }
    system.hold(vm, new RunReports(files));
  }

  /** A secret machine leaves none of its code to later runs. */
  private Optional<CodeStore> store(VmDescription vm) {
    if (!vm.secrecy().allows(Secrecy.Leave.SNAPSHOT)) {
      return Optional.empty();
    }
    return from.isPresent() ? code.lateStore() : code.store();
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private List<SavedSystem.ReadFile> sources() {
    return scenario.sources().stream().filter(Files::exists).map(DiskCopies::look).toList();
  }

  private EnteredVm entered(VmDescription vm) {
    return named(vm, ".image", () -> images.open(vm, action.terminal(), system::hold));
  }

  private Boot boot(EnteredVm entered) {
    VmDescription vm = entered.vm();
    Guest.Entered guest = atTerminal(entered.guest());
    try {
      return boots.of(guest, vm.files(), vm.shares());
    } catch (RefusedException e) {
      if (from.isEmpty()) {
        throw e;
      }
      notice(
          vm,
          "%s goes on, but begins without its files if it resets: %s"
              .formatted(vm.name(), e.getMessage()));
      return boots.of(guest, Map.of(), vm.shares());
    }
  }

  /** What in a VM says what it starts from. */
  private static String key(VmDescription vm) {
    return switch (vm.guest()) {
      case Guest.Linux _ -> ".builtin";
      case Guest.Image _ -> ".image";
      default -> "";
    };
  }

  private void add(EnteredVm entered, Boot boot, List<ChannelPort> channels) {
    VmDescription vm = entered.vm();
    VmConsole console = new VmConsole(vm.name(), vm.console(), listener);
    CrashExaminer examiner =
        named(vm, ".report", () -> new CrashExaminer(vm, console, system::time, listener));
    List<DiskBay> opened = open(vm);
    Optional<FirmwareFlash> flash = named(vm, ".uefi", () -> flash(entered));
    List<ShareBackend> shares = openShares(vm);
    List<NetBackend> plugged =
        named(vm, vm.nics().isEmpty() ? "" : ".nics", () -> networks.plug(vm));
    Optional<DisplayBackend> screen =
        named(
            vm,
            vm.display().isEmpty() ? "" : ".display",
            () -> displays.plug(vm, text -> notice(vm, text)));
    Optional<VsockBackend> vsock =
        named(vm, vm.vsock().isEmpty() ? "" : ".vsock", () -> vsocks.plug(vm));
    List<BoardPeripheral> devices = devices(vm);
    BoardEnds outer = named(vm, "", () -> ends.plug(vm));
    VmConfig config =
        named(
            vm,
            "",
            () ->
                VmConfiguration.of(
                    Policies.placed(vm, scenario.platform(), processors()),
                    boot,
                    List.copyOf(opened),
                    shares,
                    plugged,
                    screen,
                    vsock,
                    devices,
                    channels,
                    outer,
                    flash,
                    console.wiring(),
                    effects.ofMachine(),
                    text -> notice(vm, text),
                    (lamp, lit) -> told(new Event.LedChanged(vm.name(), lamp, lit)),
                    system.reports(vm.name()),
                    store(vm),
                    copies.map(turns -> turns.shared(Forks.origin(vm.name()))),
                    code.workshop(scenario.platform().cpus())));
    Supplier<VirtualMachine> maker = () -> named(vm, "", () -> make(entered, config));
    VmSupervisor supervisor =
        new VmSupervisor(
            vm,
            opened,
            console,
            examiner,
            maker,
            () -> goBack(vm, config),
            from.map(saved -> saved.saved().vm(vm.name())),
            this::told,
            platform,
            timers,
            effects.tasks(),
            from.isEmpty()
                && vm.secrecy().allows(Secrecy.Leave.DEBUG)
                && scenario.waitsForDebugger(vm.name()));
    system.add(supervisor);
    ends.connect(vm.name(), supervisor.controls());
  }

  /** Says where a debugger finds machines, and how. */
  private void debug(DebuggerDescription debugger) {
    DebugAddress at = system.debug(debugger.vms(), debugger.listen());
    String first =
        debugger.vms().isEmpty() ? scenario.vms().getFirst().name() : debugger.vms().getFirst();
    String what = debugger.waits() ? "waits for a debugger: " : "can be debugged: ";
    listener.accept(new Event.Noticed(first, what + Debuggers.hint(at)));
  }

  /** What was checked had no channels, and the terminal that it says. */
  private VirtualMachine make(EnteredVm vm, VmConfig config) {
    Optional<DetachedMemory> memory = from.flatMap(saved -> saved.memory(vm.vm().name()));
    if (memory.isPresent()) {
      return from.get().goOn(config, platform, memory.get());
    }
    boolean same = config.channels().isEmpty() && atTerminal(vm.guest()).equals(vm.guest());
    Optional<PlannedBoot> planned = same ? checked.take(vm.vm()) : Optional.empty();
    try (PlannedBoot boot = planned.orElseGet(() -> PlannedBoot.of(config))) {
      return VirtualMachine.create(config, boot, platform);
    }
  }

  /** If that cannot be, a person is told why, and the machine begins with its images. */
  private Optional<VirtualMachine> goBack(VmDescription vm, VmConfig config) {
    try {
      return system.goBack(config);
    } catch (VmException | HostException | KernelException | RefusedException e) {
      notice(vm, vm.name() + " cannot go back, and begins with its images: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Fronts hear of it, and the system comes to its end, whatever its face makes of that. */
  private void told(Event event) {
    try {
      listener.accept(event);
      if (event instanceof Event.LedChanged(String vm, String lamp, boolean lit)) {
        ends.led(vm, lamp, lit);
      }
    } finally {
      if (event instanceof Event.StatusChanged) {
        system.look();
      }
    }
  }

  private void networkNotice(String text) {
    listener.accept(new Event.Noticed(scenario.vms().getFirst().name(), text));
  }

  private void notice(VmDescription vm, String text) {
    listener.accept(new Event.Noticed(vm.name(), text));
  }

  /** A failure is reported with the VM's place in the scenario, if that was read from a file. */
  private <T> T named(VmDescription vm, String key, Supplier<T> step) {
    try {
      return step.get();
    } catch (VmException | HostException | KernelException | RefusedException e) {
      if (scenario.file().isEmpty()) {
        throw e;
      }
      throw new RefusedException(
          scenario.problem("vms." + vm.name() + key, e.getMessage()).toString(), e);
    }
  }

  private Guest.Entered atTerminal(Guest.Entered guest) {
    return guest instanceof Guest.Linux linux
        ? new Guest.Linux(linux.mirror(), action.terminal(), linux.images())
        : guest;
  }

  private List<DiskBay> open(VmDescription vm) {
    List<DiskBay> opened = new ArrayList<>();
    int before = scenario.vm(vm.name()).orElseThrow().image().isPresent() ? 1 : 0;
    for (DiskSpec disk : vm.disks()) {
      int number = opened.size() - before;
      String key = number < 0 ? ".image" : ".disks[%d]".formatted(number);
      String name = vm.name() + "/disk" + opened.size();
      opened.add(named(vm, key, () -> bay(vm, name, disk)));
    }
    return opened;
  }

  /** A disk, as the system that goes on had it, or as it is described. */
  private DiskBay bay(VmDescription vm, String name, DiskSpec disk) {
    SystemRestore.Image image =
        from.map(saved -> saved.image(name, system::runFolder))
            .orElseGet(() -> new SystemRestore.Image(disk.image(), disk.format()));
    BlockBackend first =
        property.disk(
            vm.name(),
            image.location().file(),
            disk.readOnly(),
            () ->
                ReportedDisk.open(
                    image.location(),
                    image.format(),
                    disk.readOnly(),
                    disk.limits(),
                    what -> notice(vm, what)));
    DiskBay bay =
        new DiskBay(
            name, new DiskBay.Medium(image.location(), image.format(), first), disk.limits());
    system.hold(bay);
    return bay;
  }

  private Optional<FirmwareFlash> flash(EnteredVm entered) {
    if (!(entered.guest() instanceof Guest.Uefi uefi)) {
      return Optional.empty();
    }
    VmDescription vm = entered.vm();
    Path code = boots.code(uefi).orElseThrow();
    Path file =
        uefi.variables()
            .orElseGet(() ->
                variables.of(vm.disks().stream().findFirst().flatMap(disk -> disk.image().file())));
    if (from.isEmpty()) {
      VariableFiles.make(file, boots.template(uefi), FirmwareFlash.BANK);
    }
    // What Atoll has made is raw; of a user's file the first bytes decide.
    Optional<DiskFormat> format =
        uefi.variables().isPresent() ? Optional.empty() : Optional.of(DiskFormat.RAW);
    DiskSpec described = new DiskSpec(DiskLocation.of(file), false, format, false, DiskLimits.NONE);
    DiskBay opened = bay(vm, vm.name() + "/flash", described);
    if (opened.size() != FirmwareFlash.BANK) {
      throw new RefusedException(FirmwareFlash.wrongSize(file.toString(), opened.size()));
    }
    return Optional.of(new FirmwareFlash(Image.file(code), opened));
  }

  private List<BoardPeripheral> devices(VmDescription vm) {
    PeripheralClasses classes = new PeripheralClasses();
    system.hold(classes);
    return vm.devices().stream()
        .map(device -> named(vm, ".devices." + device.name(), () -> device(device, classes)))
        .toList();
  }

  private BoardPeripheral device(DeviceSpec device, PeripheralClasses classes) {
    PeripheralFactory factory = classes.factory(device.code(), functions);
    return VmConfiguration.device(device, factory, device.watcher().map(functions::watcher));
  }

  private List<ShareBackend> openShares(VmDescription vm) {
    List<ShareSpec> taken = named(vm, ".shares", () -> property.folders(vm.name(), vm.shares()));
    List<ShareBackend> opened = new ArrayList<>();
    for (ShareSpec share : taken) {
      String key = ".shares[%d]".formatted(opened.size());
      ShareBackend backend = named(vm, key, () -> open(vm, share));
      system.hold(backend);
      opened.add(backend);
    }
    return opened;
  }

  private SharedFolder open(VmDescription vm, ShareSpec share) {
    return SharedFolder.open(
        share.folder(), share.tag(), share.readOnly(), what -> notice(vm, what));
  }
}

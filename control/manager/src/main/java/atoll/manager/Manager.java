package atoll.manager;

import atoll.device.spi.BlockBackend;
import atoll.disk.RawDisk;
import atoll.disk.ReportedDisk;
import atoll.engine.CodeListener;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.CacheFolder;
import atoll.image.ImageCache;
import atoll.image.MirrorFinder;
import atoll.image.Progress;
import atoll.image.RefusedException;
import atoll.kernel.Microkernel;
import atoll.scenario.Engines;
import atoll.scenario.Finding;
import atoll.scenario.MachineSpec;
import atoll.scenario.MmuTechniques;
import atoll.scenario.ScenarioPlan;
import atoll.scenario.ScenarioReader;
import atoll.vmm.Boot;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import atoll.vmm.WriteSample;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Performs {@link VmAction}s. */
public final class Manager {
  private final Clock clock;
  private final Effects effects;
  private final UnaryOperator<String> environment;
  private final Path cache;

  /**
   * @param clock the host's, which every platform takes its pace from
   * @param effects what machines and the manager have done, and their randomness
   * @param environment the process's variables by name; null where not set
   */
  public Manager(Clock clock, Effects effects, UnaryOperator<String> environment) {
    this.clock = clock;
    this.effects = effects;
    this.environment = environment;
    cache = CacheFolder.locate(environment, System::getProperty);
  }

  /**
   * Performs an action.
   *
   * @throws RefusedException if it cannot be done; machines add {@link atoll.vmm.VmException} and
   *     {@link atoll.host.HostException}
   */
  @SuppressWarnings("unchecked") // Each action's type argument is what its case gives.
  public <R> R perform(VmAction<R> action) {
    return (R)
        switch (action) {
          case VmAction.Create create -> create(create);
          case VmAction.DescribeTree tree -> tree(tree);
          case VmAction.Check(MachineSpec machine) -> check(machine);
          case VmAction.Plan plan -> plan(plan.file());
          case VmAction.CreateSystem system -> assembly(system).assemble();
          case VmAction.Start(RunningSystem system, String vm) ->
              operate(system, vm, VmSupervisor::start);
          case VmAction.Stop(RunningSystem system, String vm) ->
              operate(system, vm, VmSupervisor::stop);
          case VmAction.Pause(RunningSystem system, String vm) ->
              operate(system, vm, VmSupervisor::pause);
          case VmAction.Resume(RunningSystem system, String vm) ->
              operate(system, vm, VmSupervisor::resume);
          case VmAction.Reset(RunningSystem system, String vm) ->
              operate(system, vm, VmSupervisor::reset);
          case VmAction.PauseVcpu(RunningSystem system, String vm, int vcpu) ->
              operate(system, vm, supervisor -> supervisor.pauseVcpu(vcpu));
          case VmAction.ResumeVcpu(RunningSystem system, String vm, int vcpu) ->
              operate(system, vm, supervisor -> supervisor.resumeVcpu(vcpu));
          case VmAction.Balloon(RunningSystem system, String vm, long bytes) ->
              system.vm(vm).balloon(bytes);
          case VmAction.SampleWrites(RunningSystem system, String vm, Duration period) ->
              sample(system.vm(vm), period);
          case VmAction.DescribeSystem(RunningSystem system) -> system.statistics();
          case VmAction.FetchLinux fetch ->
              images(fetch.progress()).linux(fetch.mirror(), fetch.newest());
          case VmAction.CompareMmus compare ->
              new MmuTrials(compare, this::create, clock).compare();
          case VmAction.DescribeInstallation describe -> installation();
        };
  }

  private ScenarioPlan plan(Path file) {
    ScenarioPlan plan = ScenarioPlan.of(ScenarioReader.read(file));
    BootChoice boots = new BootChoice(images(Progress.SILENT));
    return plan.withNotes(new HostRules(plan.scenario(), boots, clock, effects).check());
  }

  private List<Finding> check(MachineSpec machine) {
    return new VmCheck(new BootChoice(images(Progress.SILENT)), machine.guest())
        .disks(machine.disks())
        .boot(
            machine.files(),
            machine.memory(),
            boot ->
                configure(
                        machine,
                        new Wiring(new NoConsole(), Optional.empty()),
                        Optional.empty(),
                        boot)
                    .disks(VmCheck.planned(machine.disks()))
                    .build())
        .found();
  }

  private SystemAssembly assembly(VmAction.CreateSystem action) {
    return new SystemAssembly(action, new BootChoice(images(action.progress())), clock, effects);
  }

  /** Something that is done to one machine of a system, and may wait for it. */
  private interface Operation {
    void perform(VmSupervisor vm) throws InterruptedException;
  }

  private static VmStatus operate(RunningSystem system, String name, Operation operation) {
    VmSupervisor vm = system.vm(name);
    try {
      operation.perform(vm);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return vm.status();
  }

  private static WriteSample sample(VmSupervisor vm, Duration period) {
    try {
      return vm.sampleWrites(period);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException("the sample was interrupted");
    }
  }

  private ImageCache images(Progress progress) {
    return new ImageCache(
        cache, new MirrorFinder(environment, clock, effects.tasks(), progress), progress);
  }

  private RunningMachine create(VmAction.Create create) {
    MachineSpec machine = create.machine();
    RunReports reports = new RunReports(machine.reports());
    List<BlockBackend> disks = new ArrayList<>();
    try {
      VmConfig.Builder builder =
          configure(machine, create.wiring(), reports.listener(), boot(machine, create.progress()));
      reports.tracer().ifPresent(builder::tracer);
      builder.notices(create.notices());
      machine
          .disks()
          .forEach(
              disk -> disks.add(ReportedDisk.open(disk.file(), disk.readOnly(), create.notices())));
      return create(builder.disks(disks).build(), reports);
    } catch (RuntimeException e) {
      RunningMachine.close(disks);
      reports.abandon();
      throw e;
    }
  }

  private RunningMachine create(VmConfig config, RunReports reports) {
    Microkernel board = Microkernel.dedicated(clock, config.cpus());
    try {
      return new RunningMachine(
          board, VirtualMachine.create(config, board), config.disks(), reports);
    } catch (RuntimeException e) {
      board.close();
      throw e;
    }
  }

  /** The disks are only looked at: the tree tells how many there are. */
  private byte[] tree(VmAction.DescribeTree action) {
    List<BlockBackend> disks = new ArrayList<>();
    try {
      VmConfig.Builder builder =
          configure(
              action.machine(),
              unheard(action),
              Optional.empty(),
              boot(action.machine(), action.progress()));
      action.machine().disks().forEach(disk -> disks.add(RawDisk.open(disk.file(), true)));
      return VirtualMachine.deviceTree(builder.disks(disks).build());
    } finally {
      RunningMachine.close(disks);
    }
  }

  private static Wiring unheard(VmAction.DescribeTree action) {
    return new Wiring(
        new NoConsole(), action.virtioConsole() ? Optional.of(new NoConsole()) : Optional.empty());
  }

  private Boot boot(MachineSpec machine, Progress progress) {
    return new BootChoice(images(progress)).of(machine.guest(), machine.files());
  }

  private VmConfig.Builder configure(
      MachineSpec machine, Wiring wiring, Optional<CodeListener> listener, Boot boot) {
    VmConfig.Builder builder =
        VmConfig.builder(Engines.choose(machine.engine(), listener), boot)
            .mmu(MmuTechniques.choose(machine.mmu()))
            .paging(machine.paging())
            .onTrapLoop(machine.onTrapLoop())
            .memory(machine.memory())
            .cpus(machine.cpus())
            .console(wiring.serial())
            .effects(effects.ofMachine())
            .onReset(machine.restartOnReset() ? VmConfig.OnReset.RESTART : VmConfig.OnReset.END);
    wiring.virtio().ifPresent(builder::virtioConsole);
    return builder;
  }

  private Installation installation() {
    return new Installation(
        version(),
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " on "
            + System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        HostRam.bytes(),
        "%s %s (%s)"
            .formatted(
                System.getProperty("java.vm.name"),
                System.getProperty("java.runtime.version"),
                System.getProperty("java.home")),
        Engines.names(),
        Engines.choose(Engines.AUTO, Optional.empty()).name(),
        Engines.reason(),
        MmuTechniques.names(),
        MmuTechniques.names().getFirst(),
        MmuTechniques.REASON,
        cache);
  }

  /** Atoll's version, as the build has recorded it in the module. */
  public static String version() {
    return Optional.ofNullable(Manager.class.getModule().getDescriptor())
        .flatMap(module -> module.rawVersion())
        .orElse("development");
  }
}

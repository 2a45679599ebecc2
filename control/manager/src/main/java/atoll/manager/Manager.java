package atoll.manager;

import atoll.debug.DebugAddress;
import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.DiskServer;
import atoll.disk.ImageTool;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.CacheFolder;
import atoll.image.DataFolder;
import atoll.image.FirmwareCache;
import atoll.image.ImageCache;
import atoll.image.ImageFiles;
import atoll.image.ImagePull;
import atoll.image.ImageStore;
import atoll.image.MirrorFinder;
import atoll.image.Progress;
import atoll.image.RefusedException;
import atoll.image.UserDisks;
import atoll.image.VariableFiles;
import atoll.image.Words;
import atoll.keys.ConfigFolder;
import atoll.keys.HostTls;
import atoll.keys.Keyring;
import atoll.keys.PublicId;
import atoll.report.CrashReport;
import atoll.scenario.DeviceSpec;
import atoll.scenario.Engines;
import atoll.scenario.Finding;
import atoll.scenario.Guest;
import atoll.scenario.MmuTechniques;
import atoll.scenario.Scenario;
import atoll.scenario.ScenarioPlan;
import atoll.scenario.ScenarioProblem;
import atoll.scenario.ScenarioReader;
import atoll.scenario.VmDescription;
import atoll.snapshot.SnapshotDraft;
import atoll.snapshot.SnapshotStore;
import atoll.vmm.Boot;
import atoll.vmm.VirtualMachine;
import atoll.vmm.WriteSample;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Performs {@link VmAction}s, and has the system that they are about. Thread-safe. */
public final class Manager {
  /** By which the launcher says what has been built. */
  private static final String SOURCE = "atoll.source";

  private final Clock clock;
  private final Effects effects;
  private final UnaryOperator<String> environment;
  private final Path cache;
  private final ProgramDevices functions = new ProgramDevices();
  private final CheckedBoot checked = new CheckedBoot();
  private final SecondStarts secondStarts;
  private final KeptCode code;

  /** Collects garbage, if it may be asked to. */
  private Optional<Runnable> collector = Optional.empty();

  /** Held while a system is being saved. */
  private final Object saving = new Object();

  /** The one that has been made last, until it is closed; null if there is none. */
  private volatile RunningSystem system;

  /** Told of what becomes of the system. */
  private volatile EventListener told = EventListener.nobody();

  /** Where systems of other hosts come in; null if none can. */
  private volatile ArrivalDesk desk;

  /** The one that serves now; null if there is none. */
  private volatile DiskServer server;

  /**
   * @param clock the host's, which every platform takes its pace from
   * @param effects what machines and the manager have done, and their randomness
   * @param environment the process's variables by name; null where not set
   */
  public Manager(Clock clock, Effects effects, UnaryOperator<String> environment) {
    this(clock, effects, environment, false);
  }

  /**
   * The same.
   *
   * @param keepsCode whether translated code is kept for later runs, and that of earlier ones used
   */
  public Manager(
      Clock clock, Effects effects, UnaryOperator<String> environment, boolean keepsCode) {
    this.clock = clock;
    this.effects = effects;
    this.environment = environment;
    cache = CacheFolder.locate(environment, System::getProperty);
    code = new KeptCode(cache, clock, effects, keepsCode, environment);
    secondStarts =
        new SecondStarts(
            cache,
            clock,
            effects,
            () -> images(EventListener.nobody()).present(),
            new Systems(),
            saving);
  }

  /** How systems are made that may go on from earlier ones. */
  private final class Systems implements SecondStarts.Systems {
    @Override
    public RunningSystem make(
        VmAction.CreateSystem action, Optional<SystemRestore> from, EventListener listener) {
      return Manager.this.make(action, from, listener);
    }

    @Override
    public void discard(RunningSystem made) {
      Manager.this.discard(made);
    }
  }

  /**
   * The process is for this manager's systems alone: once machines idle, garbage is collected, so
   * that the host gets back what they need no more.
   */
  public void returnsHeap(Runnable collect) {
    collector = Optional.of(collect);
  }

  /** Functions of the program that devices of its own are made and watched by. */
  public ProgramDevices functions() {
    return functions;
  }

  /** Performs an action whose events nobody wants to know. */
  public <R> R perform(VmAction<R> action) {
    return perform(action, EventListener.nobody());
  }

  /**
   * Performs an action.
   *
   * @param listener told what comes of it; of a system, until that is closed
   * @throws RefusedException if it cannot be done; machines add {@link atoll.vmm.VmException} and
   *     {@link atoll.host.HostException}
   */
  @SuppressWarnings("unchecked") // Each action's type argument is what its case gives.
  public <R> R perform(VmAction<R> action, EventListener listener) {
    secondStarts.acted(action);
    return (R)
        switch (action) {
          case VmAction.Plan(Path file) -> plan(file);
          case VmAction.Check(VmDescription vm) -> check(vm);
          case VmAction.DescribeTree(VmDescription vm) -> tree(vm, listener);
          case VmAction.CreateSystem create -> done(() -> create(create, listener));
          case VmAction.SaveSnapshot(String name) -> save(name, listener);
          case VmAction.ReadSnapshot(String name) -> readSnapshot(name, listener);
          case VmAction.FitSnapshot(String name, Scenario scenario) ->
              fit(name, scenario, listener);
          case VmAction.RestoreSystem restore -> done(() -> restore(restore, listener));
          case VmAction.SuspendSystem(String image) -> done(() -> suspend(image));
          case VmAction.FindSuspended(String image) -> suspensions().since(image);
          case VmAction.DropSuspended(String image) -> done(() -> suspensions().drop(image));
          case VmAction.ResumeSystem resume -> done(() -> resume(resume, listener));
          case VmAction.IsWarm(VmAction.CreateSystem of) -> secondStarts.present(of);
          case VmAction.ReadForks(String name, int copies) -> readForks(name, copies, listener);
          case VmAction.ForkSystem fork -> done(() -> fork(fork, listener));
          case VmAction.KeepTranslations(boolean keep) -> done(() -> code.want(keep));
          case VmAction.StartSystem() -> done(system()::start);
          case VmAction.StopSystem() -> done(this::stop);
          case VmAction.AwaitSystem await -> awaitEnd(await);
          case VmAction.CloseSystem() -> close();
          case VmAction.DescribeSystem() -> system().statistics();
          case VmAction.TellTime() -> system().time();
          case VmAction.SetAlarm(long alarm, Duration after) ->
              done(() -> system().alarms().set(alarm, after));
          case VmAction.CancelAlarm(long alarm) -> done(() -> system().alarms().cancel(alarm));
          case VmAction.Start(String vm) -> operate(vm, VmSupervisor::start);
          case VmAction.Stop(String vm) -> operate(vm, VmSupervisor::stop);
          case VmAction.Pause(String vm) -> operate(vm, VmSupervisor::pause);
          case VmAction.Resume(String vm) -> operate(vm, VmSupervisor::resume);
          case VmAction.Reset(String vm) -> operate(vm, VmSupervisor::reset);
          case VmAction.Link(String vm, int nic, boolean up) ->
              done(() -> system().link(vm, nic, up));
          case VmAction.GrowDisk(String vm, int disk, long bytes) ->
              done(() -> system().vm(vm).resizeDisk(disk, bytes));
          case VmAction.ChangeDisk change -> done(() -> change(change));
          case VmAction.TakeScreenshot(String vm) -> system().shot(vm);
          case VmAction.PressButton(String vm, String button, Duration time) ->
              system().vm(vm).press(button, time.toNanos());
          case VmAction.HoldButton(String vm, String button, boolean down) ->
              down
                  ? system().vm(vm).press(button, Long.MAX_VALUE)
                  : system().vm(vm).release(button);
          case VmAction.ReadPanel(String vm) -> system().vm(vm).panel();
          case VmAction.ServeDebugger(String vm, DebugAddress where) -> debug(vm, where);
          case VmAction.OpenDebugger(String vm) -> system().vm(vm).debug();
          case VmAction.PauseVcpu(String vm, int vcpu) ->
              operate(vm, supervisor -> supervisor.pauseVcpu(vcpu));
          case VmAction.ResumeVcpu(String vm, int vcpu) ->
              operate(vm, supervisor -> supervisor.resumeVcpu(vcpu));
          case VmAction.Balloon(String vm, long bytes) -> system().vm(vm).balloon(bytes);
          case VmAction.SampleWrites(String vm, Duration period) -> sample(vm, period);
          case VmAction.ReadRegisters(String vm) -> system().vm(vm).registers();
          case VmAction.ReadMemory(String vm, long gpa, int length) ->
              system().vm(vm).present(machine -> Bytes.of(machine.read(gpa, length), 0, length));
          case VmAction.WriteMemory(String vm, long gpa, Bytes bytes) ->
              system().vm(vm).present(machine -> done(() -> machine.write(gpa, bytes.array())));
          case VmAction.ReadRegister(String vm, int vcpu, String name) ->
              system().vm(vm).ofVcpu(vcpu, machine -> machine.register(vcpu, name));
          case VmAction.WriteRegister(String vm, int vcpu, String name, long value) ->
              system()
                  .vm(vm)
                  .ofVcpu(vcpu, machine -> done(() -> machine.register(vcpu, name, value)));
          case VmAction.ListDevices(String vm) -> system().vm(vm).present(DeviceReport::of);
          case VmAction.ReplaceDevice(String vm, String device, DeviceSpec.Code code) ->
              done(() -> system().replace(vm, device, code, functions));
          case VmAction.Examine(String vm) -> examine(vm);
          case VmAction.DumpCore(String vm, Path file) ->
              done(() -> CoreFile.write(system().vm(vm), file));
          case VmAction.Type(String vm, Bytes bytes) -> system().vm(vm).console().type(bytes);
          case VmAction.ResizeConsole(String vm, int columns, int rows) ->
              done(() -> system().vm(vm).console().resize(columns, rows));
          case VmAction.FetchLinux fetch -> images(listener).linux(fetch.mirror(), fetch.newest());
          case VmAction.FetchFirmware fetch ->
              firmware(listener).get(fetch.mirror(), fetch.newest());
          case VmAction.CompareMmus compare -> compare(compare, listener);
          case VmAction.CreateDisk create ->
              ImageTool.create(create.image(), create.size(), create.options());
          case VmAction.DescribeDisk(DiskLocation image, Optional<DiskFormat> format) ->
              ImageTool.describe(image, format);
          case VmAction.ConvertDisk convert -> done(() -> DiskWork.convert(convert, listener));
          case VmAction.ResizeDisk resize ->
              done(() ->
                  ImageTool.resize(
                      resize.image(), resize.format(), resize.size(), resize.shrink()));
          case VmAction.CheckDisk check ->
              ImageTool.check(check.image(), check.format(), check.repair());
          case VmAction.CommitDisk commit -> done(() -> DiskWork.commit(commit, listener));
          case VmAction.RebaseDisk rebase -> done(() -> DiskWork.rebase(rebase, listener));
          case VmAction.MapDisk map ->
              ImageTool.map(map.image(), map.format(), map.from(), map.until(), map.most());
          case VmAction.ChangeSnapshot change ->
              done(() ->
                  ImageTool.snapshot(
                      change.image(), change.change(), change.name(), clock.epochNanos()));
          case VmAction.ServeDisk serve -> done(() -> serve(serve, listener));
          case VmAction.StopServing() -> done(this::stopServing);
          case VmAction.BuildImage build -> build(build, listener);
          case VmAction.PrepareImages(Scenario scenario, boolean fresh) ->
              done(() -> prepare(scenario, fresh, listener));
          case VmAction.PullImage(ImagePull.Request request) -> pull(request, listener);
          case VmAction.ListImages() -> store(listener).list();
          case VmAction.VerifyImage(String name) -> verify(store(listener), name);
          case VmAction.RemoveImage(String name, boolean disk) ->
              remove(store(listener), name, disk);
          case VmAction.ListSnapshots() -> snapshots(listener).list();
          case VmAction.RemoveSnapshot(String name) -> snapshots(listener).remove(name);
          case VmAction.VerifySnapshot(String name) -> snapshots(listener).verify(name);
          case VmAction.ExportSnapshot(String name, Path file) ->
              done(() -> snapshots(listener).export(name, file));
          case VmAction.ImportSnapshot add -> done(() -> add(add, snapshots(listener)));
          case VmAction.HasImage(String name) ->
              disks(listener).present(name) || store(listener).find(name).isPresent();
          case VmAction.OpenDisk(String name, boolean fresh) ->
              disks(listener).open(name, fresh, store(listener).find(name));
          case VmAction.Migrate migrate -> migrate(migrate, listener);
          case VmAction.ResolveMigration(boolean here) -> done(() -> resolve(here));
          case VmAction.OpenReception open -> receive(open, listener);
          case VmAction.AwaitArrival() -> awaitArrival();
          case VmAction.TakeArrival take -> done(() -> take(take, listener));
          case VmAction.CloseReception() -> done(this::closeReception);
          case VmAction.MakeKey(String name) -> keyring().make(name).text();
          case VmAction.ShowKey(String name) -> keyring().show(name).text();
          case VmAction.ListKeys() -> KeyList.of(keyring());
          case VmAction.TrustHost(String name, String key) ->
              done(() -> keyring().trust(name, new PublicId(key)));
          case VmAction.ForgetHost(String name) -> done(() -> keyring().forget(name));
          case VmAction.DescribeInstallation() -> installation();
        };
  }

  private ScenarioPlan plan(Path file) {
    ImageDisks images = imageDisks(EventListener.nobody());
    ScenarioReader.Reading reading = ScenarioReader.look(file, images);
    BootChoice boots = boots(EventListener.nobody());
    HostRules host = new HostRules(reading.scenario(), boots, images, clock, effects);
    List<ScenarioProblem> notes = host.check(reading.problems());
    return ScenarioPlan.of(reading.scenario()).withNotes(notes);
  }

  private List<Finding> check(VmDescription vm) {
    VmCheck check =
        HostRules.look(
            vm,
            List.of(),
            boots(EventListener.nobody()),
            imageDisks(EventListener.nobody()),
            effects);
    checked.keep(vm, check.boot());
    return check.found();
  }

  /** The disks are only looked at: the tree tells how many there are. */
  private byte[] tree(VmDescription vm, EventListener listener) {
    BootChoice boots = boots(listener);
    EnteredVm entered =
        imageDisks(listener)
            .present(vm)
            .orElseThrow(() ->
                new RefusedException("the image of %s is not there yet".formatted(vm.name())));
    Boot boot = boots.of(entered.guest(), vm.files(), vm.shares());
    return VirtualMachine.deviceTree(
        VmConfiguration.planned(
            entered.vm(), boot, List.of(), boots.code(entered.guest()), effects));
  }

  private synchronized void create(VmAction.CreateSystem action, EventListener listener) {
    requireNone();
    prepare(action.scenario(), false, listener);
    if (action.warm()) {
      secondStarts.make(action, listener);
    } else {
      RunningSystem ignored = make(action, Optional.empty(), listener);
    }
  }

  private Suspensions suspensions() {
    return new Suspensions(disks(EventListener.nobody()), clock, effects, new Systems());
  }

  private void suspend(String image) {
    RunningSystem present = system();
    synchronized (saving) {
      present.lastSave().drop();
      try {
        suspensions().suspend(image, present);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RefusedException(image + " is not suspended: it was interrupted", e);
      }
    }
  }

  private synchronized void resume(VmAction.ResumeSystem action, EventListener listener) {
    requireNone();
    suspensions().resume(action, listener);
  }

  private void restore(VmAction.RestoreSystem action, EventListener listener) {
    restore(
        action.name(),
        new VmAction.CreateSystem(action.scenario(), action.terminal(), action.reports()),
        Optional.empty(),
        listener);
  }

  private void fork(VmAction.ForkSystem action, EventListener listener) {
    restore(
        action.name(),
        new VmAction.CreateSystem(action.scenario(), action.terminal(), action.reports()),
        Optional.of(new Forks(action.copies())),
        listener);
  }

  private synchronized void restore(
      String name, VmAction.CreateSystem create, Optional<Forks> forks, EventListener listener) {
    requireNone();
    SnapshotProof proof =
        SnapshotProof.begin(snapshots(EventListener.nobody()).open(name), effects.tasks());
    try (SystemRestore from = new SystemRestore(snapshots(listener).open(name), forks)) {
      RunningSystem ignored = make(create, Optional.of(from), listener);
    }
    RunningSystem made = system();
    require(proof, made);
    if (made.goesBack()) {
      made.goBackTo(new SystemRestore(snapshots(listener).open(name), forks));
    }
  }

  /** Before it starts, or else as soon as something is found. */
  private void require(SnapshotProof proof, RunningSystem made) {
    try {
      proof.require(wrong -> {
        made.tell(new Event.Noticed(made.scenario().vms().getFirst().name(), wrong));
        made.stop();
      });
    } catch (RefusedException e) {
      SystemEnd ignored = close();
      throw e;
    }
  }

  private void requireNone() {
    if (system != null) {
      throw new RefusedException(
          "%s is there already; close it first".formatted(system.scenario().name()));
    }
  }

  private Scenario readSnapshot(String name, EventListener listener) {
    try (SystemRestore from = new SystemRestore(snapshots(listener).open(name))) {
      return from.saved().scenario();
    }
  }

  private Scenario readForks(String name, int copies, EventListener listener) {
    return new Forks(copies).of(readSnapshot(name, listener));
  }

  private Optional<String> fit(String name, Scenario scenario, EventListener listener) {
    if (!snapshots(listener).has(name)) {
      return Optional.of("it is not there yet");
    }
    try (SystemRestore from = new SystemRestore(snapshots(listener).open(name))) {
      return from.unlike(scenario);
    } catch (RefusedException e) {
      return Optional.of(e.getMessage());
    }
  }

  private SnapshotReport save(String name, EventListener listener) {
    RunningSystem present = system();
    Path folder = snapshotFolder();
    synchronized (saving) {
      try (LastSave.Kept last = present.lastSave().take();
          SnapshotDraft draft = snapshots(listener).begin(name, last.snapshot())) {
        SnapshotReport report =
            new SystemSave(
                    present,
                    draft,
                    file -> file.startsWith(folder),
                    clock,
                    new WorkEvents(listener))
                .after(last)
                .perform();
        if (present.goesBack()) {
          present.goBackTo(new SystemRestore(snapshots(listener).open(name)));
        }
        present.tell(new Event.Saved(report.name(), report.pause()));
        return report;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RefusedException(
            "the snapshot %s is not saved: it was interrupted".formatted(name), e);
      }
    }
  }

  private MigrationReport migrate(VmAction.Migrate action, EventListener listener) {
    RunningSystem present = system();
    HostTls tls = keyring().tls();
    EventListener both =
        event -> {
          told.accept(event);
          listener.accept(event);
        };
    synchronized (saving) {
      present.lastSave().drop();
      try {
        return new SystemMove(present, action, tls, both, clock, effects).perform();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RefusedException(
            "%s stays here: it was interrupted".formatted(present.scenario().name()), e);
      }
    }
  }

  private void resolve(boolean here) {
    RunningSystem present = system();
    List<VmSupervisor> doubtful =
        present.supervisors().stream().filter(VmSupervisor::doubtful).toList();
    if (doubtful.isEmpty()) {
      throw new RefusedException(
          "it is known where each VM of %s runs: here".formatted(present.scenario().name()));
    }
    if (here) {
      present.takeBackDisks(); // which another host that runs it holds
    }
    doubtful.forEach(vm -> vm.endDoubt(here));
    if (!here && doubtful.size() == present.supervisors().size()) {
      present.stop();
    }
  }

  private synchronized String receive(VmAction.OpenReception action, EventListener listener) {
    requireNone();
    if (desk != null) {
      throw new RefusedException("systems are received already; close that first");
    }
    desk =
        new ArrivalDesk(
            new Arrivals(),
            keyring().tls(),
            action,
            List.of(cache),
            clock,
            effects.tasks(),
            text -> listener.accept(new Event.ServingNoticed(text)));
    return desk.address();
  }

  /** How a system is made that has come. */
  private final class Arrivals implements ArrivalDesk.Makers {
    /** Fetches what its next lives begin with, which takes long if it is not there. */
    @Override
    public void foresee(Scenario scenario) {
      BootChoice boots = boots(EventListener.nobody());
      for (VmDescription vm : scenario.vms()) {
        if (vm.guest() instanceof Guest.Entered entered) {
          Boot ignored = boots.of(entered, vm.files(), vm.shares());
        }
      }
    }

    /** With nothing written about it, and nobody told. */
    @Override
    public void rehearse(VmAction.CreateSystem action, SystemRestore from) {
      VmAction.CreateSystem quiet =
          new VmAction.CreateSystem(action.scenario(), action.terminal(), Map.of());
      RunningSystem made = assemble(quiet, Optional.of(from), EventListener.nobody());
      made.prepare(); // which leaves nothing if it fails
      made.abandon();
    }

    @Override
    public RunningSystem make(
        VmAction.CreateSystem action, SystemRestore from, EventListener listener) {
      synchronized (Manager.this) {
        requireNone();
        Manager.this.make(action, Optional.of(from), listener);
        return system();
      }
    }

    @Override
    public void abandon(RunningSystem made) {
      synchronized (Manager.this) {
        made.abandon();
        if (made.equals(system)) {
          system = null;
        }
      }
    }
  }

  private ArrivalDesk desk() {
    ArrivalDesk present = desk;
    if (present == null) {
      throw new RefusedException("no systems are received; open a reception first");
    }
    return present;
  }

  private Optional<Scenario> awaitArrival() {
    try {
      return desk().await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private void take(VmAction.TakeArrival action, EventListener listener) {
    try {
      desk().take(action, listener);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException("the wait for a system to come was interrupted", e);
    }
  }

  private void closeReception() {
    ArrivalDesk present = desk;
    if (present != null) {
      present.close();
      desk = null;
    }
  }

  private SnapshotStore snapshots(EventListener listener) {
    return new SnapshotStore(snapshotFolder(), clock, new WorkEvents(listener));
  }

  private Path snapshotFolder() {
    return data().resolve("snapshots");
  }

  /** If a machine cannot be made, there is no system. */
  private RunningSystem make(
      VmAction.CreateSystem action, Optional<SystemRestore> from, EventListener listener) {
    RunningSystem made = assemble(action, from, listener);
    told = listener;
    system = made; // before its machines are made, whose guests can then be typed at
    try {
      made.prepare();
      return made;
    } catch (RuntimeException e) {
      system = null;
      throw e;
    } finally {
      checked.drop();
    }
  }

  private void discard(RunningSystem made) {
    system = null;
    made.abandon();
  }

  private RunningSystem assemble(VmAction.CreateSystem action, EventListener listener) {
    return assemble(action, Optional.empty(), listener);
  }

  private RunningSystem assemble(
      VmAction.CreateSystem action, Optional<SystemRestore> from, EventListener listener) {
    RunningSystem made =
        new SystemAssembly(
                action,
                boots(listener),
                imageDisks(listener),
                new VariableFiles(data()),
                checked,
                functions,
                listener,
                from,
                data(),
                clock,
                effects,
                code)
            .assemble();
    collector.ifPresent(collect -> made.returnHeap(() -> effects.tasks().start("heap", collect)));
    return made;
  }

  private RunningSystem system() {
    RunningSystem present = system;
    if (present == null) {
      throw new RefusedException("there is no system yet; create one first");
    }
    return present;
  }

  /** The answer is what a person types. */
  private String debug(String vm, DebugAddress where) {
    String name = system().vm(vm).description().name();
    return Debuggers.hint(system().debug(List.of(name), where));
  }

  private static Void done(Runnable action) {
    action.run();
    return null;
  }

  private void stop() {
    RunningSystem present = system;
    if (present != null) {
      present.stop();
    }
  }

  private boolean awaitEnd(VmAction.AwaitSystem action) {
    try {
      return system().awaitEnd(action.limit());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException("interrupted while waiting for the end of the system", e);
    }
  }

  private SystemEnd close() {
    try {
      return new SystemEnd(system().end());
    } finally {
      system = null;
      code.publish();
    }
  }

  /** Something that is done to one machine of a system, and may wait for it. */
  private interface Operation {
    void perform(VmSupervisor vm) throws InterruptedException;
  }

  private VmStatus operate(String name, Operation operation) {
    VmSupervisor vm = system().vm(name);
    try {
      operation.perform(vm);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException(
          "the wait was interrupted; %s is %s".formatted(name, Words.of(vm.status())), e);
    }
    return vm.status();
  }

  private CrashReport examine(String vm) {
    try {
      return system().vm(vm).examine();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException("the wait was interrupted before %s stood still".formatted(vm), e);
    }
  }

  private void change(VmAction.ChangeDisk change) {
    try {
      system().vm(change.vm()).changeDisk(change);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException(
          "the wait was interrupted; disk %d of %s keeps its image"
              .formatted(change.disk(), change.vm()),
          e);
    }
  }

  private WriteSample sample(String vm, Duration period) {
    RunningSystem present = system();
    present.lastSave().drop();
    try {
      return present.vm(vm).sampleWrites(period);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException("interrupted before the time was over", e);
    }
  }

  private MmuComparison compare(VmAction.CompareMmus action, EventListener listener) {
    Function<VmAction.CreateSystem, RunningSystem> systems =
        create -> {
          RunningSystem made = assemble(create, listener);
          made.prepare();
          return made;
        };
    return new MmuTrials(action, systems, new WorkEvents(listener), clock).compare();
  }

  private void serve(VmAction.ServeDisk action, EventListener listener) {
    try (DiskServer made =
        DiskServer.open(
            action.image(),
            action.format(),
            action.readOnly(),
            action.settings(),
            effects.tasks(),
            clock,
            text -> listener.accept(new Event.ServingNoticed(text)))) {
      server = made;
      listener.accept(new Event.ServingBegan(made.address()));
      made.run();
    } finally {
      server = null;
    }
  }

  private void stopServing() {
    DiskServer present = server;
    if (present != null) {
      present.stop();
    }
  }

  private ImageFiles build(VmAction.BuildImage action, EventListener listener) {
    BiFunction<VmAction.CreateSystem, EventListener, RunningSystem> systems =
        (create, console) -> {
          RunningSystem made = assemble(create, console);
          made.prepare();
          return made;
        };
    Progress progress = new WorkEvents(listener);
    return new ImageBuild(
            action,
            store(listener),
            images(listener),
            mirrors(progress),
            systems,
            progress,
            clock,
            effects)
        .build();
  }

  private ImageFiles pull(ImagePull.Request request, EventListener listener) {
    Progress progress = new WorkEvents(listener);
    return new ImagePull(store(listener), environment, clock, effects.tasks(), progress)
        .pull(request);
  }

  /** What VMs start from, of which one image may be another's too. */
  private void prepare(Scenario scenario, boolean fresh, EventListener listener) {
    ImageDisks images = imageDisks(listener);
    for (VmDescription vm : scenario.vms()) {
      vm.image()
          .ifPresent(choice -> {
            if (fresh) {
              images.forget(choice);
            }
            images.prepare(choice, recipe -> build(VmAction.BuildImage.usual(recipe), listener));
          });
    }
  }

  private static List<String> verify(ImageStore store, String name) {
    return store.verify(store.get(name));
  }

  private long remove(ImageStore store, String name, boolean disk) {
    UserDisks disks = disks(EventListener.nobody());
    boolean hasDisk = disk && disks.present(name);
    long bytes = hasDisk ? disks.remove(name) : 0;
    // A disk can outlive its image.
    return hasDisk && store.find(name).isEmpty() ? bytes : bytes + store.remove(name);
  }

  private static void add(VmAction.ImportSnapshot action, SnapshotStore snapshots) {
    if (!action.replace() && snapshots.has(action.name())) {
      throw new RefusedException(
          "there is a snapshot '%s' already; give another name, or --replace"
              .formatted(action.name()));
    }
    snapshots.importFrom(action.file(), action.name());
  }

  private ImageStore store(EventListener listener) {
    return new ImageStore(cache, new WorkEvents(listener));
  }

  private UserDisks disks(EventListener listener) {
    return UserDisks.ofImages(data(), new WorkEvents(listener));
  }

  private ImageDisks imageDisks(EventListener listener) {
    return new ImageDisks(store(listener), data(), new WorkEvents(listener));
  }

  private Keyring keyring() {
    return new Keyring(ConfigFolder.locate(environment, System::getProperty));
  }

  private Path data() {
    return DataFolder.locate(environment, System::getProperty);
  }

  private BootChoice boots(EventListener listener) {
    return new BootChoice(images(listener), firmware(listener));
  }

  private FirmwareCache firmware(EventListener listener) {
    Progress progress = new WorkEvents(listener);
    return new FirmwareCache(cache, mirrors(progress), progress);
  }

  private ImageCache images(EventListener listener) {
    Progress progress = new WorkEvents(listener);
    return new ImageCache(cache, mirrors(progress), progress);
  }

  private MirrorFinder mirrors(Progress progress) {
    return new MirrorFinder(environment, clock, effects.tasks(), progress);
  }

  private Installation installation() {
    return new Installation(
        build(),
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
        Engines.choose(Engines.AUTO, Optional.empty(), Optional.empty()).name(),
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

  /** The same with what it was built from, if the build knows that: a commit, and changes to it. */
  public static String build() {
    return build(version(), System.getProperty(SOURCE, ""));
  }

  static String build(String version, String source) {
    return source.isBlank() ? version : "%s (%s)".formatted(version, source);
  }
}

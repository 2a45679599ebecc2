package atoll.front;

import atoll.console.EscapeCommand;
import atoll.console.GuestConsole;
import atoll.console.HostConsole;
import atoll.console.InputEnd;
import atoll.console.LogFile;
import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.image.RefusedException;
import atoll.manager.Event;
import atoll.manager.EventListener;
import atoll.manager.HeapRoom;
import atoll.manager.Manager;
import atoll.manager.PluggedConsoles;
import atoll.manager.SnapshotAction;
import atoll.manager.SnapshotReport;
import atoll.manager.SystemAction;
import atoll.manager.SystemEnd;
import atoll.manager.SystemStatistics;
import atoll.manager.VmStatus;
import atoll.manager.Wiring;
import atoll.report.CrashReport;
import atoll.scenario.ConsoleKind;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.server.ControlServer;
import atoll.vmm.VmException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The VMs of a scenario on this process's console, from their making to their end. */
final class Session {
  /** How long VMs may take to stop before the process ends without them. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

  private final Manager manager;
  private final boolean several;
  private final QuitRequest quit = new QuitRequest();
  private final MonitorPrompt monitor;
  private final CrashNotes crashes = new CrashNotes();

  /** By which image's name the system is run, if it is suspended when its user leaves it. */
  private final Optional<String> suspended;

  /** Where it is suspended, which takes a while. */
  private volatile Tasks tasks;

  /** Whether it could not be suspended when its user wanted to leave it. */
  private volatile boolean stuck;

  private volatile Optional<Scenario> made = Optional.empty();

  /** Done once the system is made, before it starts. */
  private Runnable whenMade = () -> {};

  /** Shows a line of Atoll's own. */
  private volatile Consumer<String> notes = text -> {};

  /**
   * How VMs are connected to this process.
   *
   * @param streams what is read and written, asked for once
   * @param timeout after which they are stopped
   * @param logs get copies of what they print, by VM
   * @param expected what they must print
   * @param forbidden what they must not print
   * @param atEnd what the end of input means
   * @param album pictures that are taken of a display
   * @param control where the system is reached from outside
   */
  record Connection(
      Supplier<HostConsole.Streams> streams,
      Optional<Duration> timeout,
      Map<String, LogFile> logs,
      List<VmPattern> expected,
      List<VmPattern> forbidden,
      InputEnd atEnd,
      ScreenAlbum album,
      ControlOption control) {
    Connection {
      logs = Map.copyOf(logs);
      expected = List.copyOf(expected);
      forbidden = List.copyOf(forbidden);
    }
  }

  /**
   * The result of a run.
   *
   * @param remarks what else is to be said, such as what could not be written, a sentence each
   * @param crashes what VMs were doing whose last life has failed
   */
  record Result(
      Ending ending, SystemStatistics statistics, List<String> remarks, List<CrashReport> crashes) {
    Result {
      remarks = List.copyOf(remarks);
      crashes = List.copyOf(crashes);
    }
  }

  /**
   * A session for one run.
   *
   * @param several whether messages tell VMs apart
   */
  Session(Manager manager, boolean several) {
    this(manager, several, Optional.empty());
  }

  /**
   * The same.
   *
   * @param suspended by which image's name the system is run, if it is suspended when its user
   *     leaves it
   */
  Session(Manager manager, boolean several, Optional<String> suspended) {
    this.manager = manager;
    this.several = several;
    this.suspended = suspended;
    monitor = new MonitorPrompt(manager, () -> made, () -> leave(Ending.QUIT));
  }

  /** Has something done once the system is made, before it starts. */
  Session whenMade(Runnable first) {
    whenMade = first;
    return this;
  }

  /**
   * Runs VMs to their end on this process's console, and has it reported, also when a signal ends
   * the process.
   *
   * @param progress shows long work before the start
   * @param report told of the result
   * @return the exit code
   */
  int run(
      SystemAction.MakeSystem create,
      Connection connection,
      EventListener progress,
      Consumer<Result> report) {
    HeapRoom.require(Runtime.getRuntime().maxMemory(), "ATOLL_JVM_FLAGS=-Xmx128m");
    OrderlyStop stop = OrderlyStop.begin(this::signalled);
    try {
      Result result = run(create, connection, progress);
      report.accept(result);
      return result.ending.code();
    } finally {
      stop.reported();
    }
  }

  private Result run(
      SystemAction.MakeSystem create, Connection connection, EventListener progress) {
    tasks = connection.control.tasks();
    Expectations expectations =
        new Expectations(connection.expected, connection.forbidden, several, this::decided);
    List<VmDescription> shown = shown(create.scenario());
    List<HostConsole.Port> ports =
        shown.stream().map(vm -> port(vm.name(), connection.logs, expectations)).toList();
    HostConsole.Setup setup =
        new HostConsole.Setup(
            front(shown),
            commands(connection.control),
            connection.atEnd,
            loss -> leave(Ending.of(loss)));
    Result result;
    try (HostConsole console = HostConsole.open(ports, setup, connection.streams.get());
        ControlServer control = reached(create.scenario(), connection.control)) {
      notes = console::note;
      result =
          run(
              create,
              listener(shown, console, control, progress),
              connection.timeout.orElse(FOREVER),
              connection.album);
    }
    // Only now all output has been seen.
    List<String> remarks = new ArrayList<>(result.remarks);
    remarks.addAll(expectations.remarks());
    return new Result(
        expectations.ending(result.ending), result.statistics, remarks, result.crashes);
  }

  /** What reaches the system from outside; null if nothing may. */
  private ControlServer reached(Scenario scenario, ControlOption control) {
    return control
        .open(manager, scenario, words -> monitor.answer(words).lines(), () -> leave(Ending.QUIT))
        .orElse(null);
  }

  private static HostConsole.Port port(
      String vm, Map<String, LogFile> logs, Expectations expectations) {
    return new HostConsole.Port(vm, Optional.ofNullable(logs.get(vm)), expectations.watch(vm));
  }

  /** The VM that the scenario wants in front, or the first. */
  private static int front(List<VmDescription> shown) {
    return Math.max(0, shown.stream().map(VmDescription::front).toList().indexOf(true));
  }

  private EventListener listener(
      List<VmDescription> shown,
      HostConsole console,
      ControlServer control,
      EventListener progress) {
    EventListener consoles = new PluggedConsoles(manager, wirings(shown, console));
    EventListener notes = new ConsoleNotes(console, shown, several);
    EventListener clients = control == null ? EventListener.nobody() : control;
    return event -> {
      progress.accept(event);
      if (event instanceof Event.Migrated(List<String> vms, String to, Duration ignored)
          && vms.size() == made.map(scenario -> scenario.vms().size()).orElse(0)) {
        quit.end(Ending.moved(to));
      }
      clients.accept(event);
      consoles.accept(event);
      notes.accept(event);
      crashes.accept(event);
    };
  }

  private static Map<String, Wiring> wirings(List<VmDescription> vms, HostConsole host) {
    Map<String, Wiring> wirings = new LinkedHashMap<>();
    for (VmDescription vm : vms) {
      GuestConsole console = host.guest(vm.name());
      wirings.put(
          vm.name(),
          vm.console() == ConsoleKind.VIRTIO
              ? new Wiring(console.outputOnly(), Optional.of(console))
              : new Wiring(console, Optional.empty()));
    }
    return wirings;
  }

  /** Runs VMs, on consoles that are there, to their end. */
  Result run(
      SystemAction.MakeSystem create, EventListener listener, Duration limit, ScreenAlbum album) {
    try {
      manager.perform(create, listener);
      finishMaking();
    } catch (RuntimeException e) {
      return new Result(quit.unmade(e), SystemStatistics.NONE, List.of(), List.of());
    }
    made = Optional.of(create.scenario());
    quit.made(() -> manager.perform(new SystemAction.StopSystem()));
    return run(limit, album);
  }

  private void finishMaking() {
    boolean done = false;
    try {
      whenMade.run();
      done = true;
    } finally {
      if (!done) {
        SystemEnd ignored = manager.perform(new SystemAction.CloseSystem());
      }
    }
  }

  private Result run(Duration limit, ScreenAlbum album) {
    manager.perform(new SystemAction.StartSystem());
    boolean ended = album.await(manager, limit);
    if (!ended) {
      quit.end(Ending.TIMEOUT);
      ended = manager.perform(new SystemAction.AwaitSystem(PATIENCE));
    }
    SystemStatistics statistics = manager.perform(new SystemAction.DescribeSystem());
    List<String> remarks = new ArrayList<>(album.finish(manager));
    if (ended) {
      remarks.addAll(manager.perform(new SystemAction.CloseSystem()).losses());
    }
    return new Result(ending(statistics), statistics, remarks, crashes.reports());
  }

  /** VMs that have come to their end decide, even if that was to be ended meanwhile. */
  private Ending ending(SystemStatistics statistics) {
    Ending natural = SystemEnding.of(statistics.vms(), several);
    return statistics.overByItself() ? natural : quit.ending().orElse(natural);
  }

  private List<EscapeCommand> commands(ControlOption control) {
    return List.of(
        new EscapeCommand(
            'x',
            suspended.isEmpty() ? "quits" : "suspends it, and quits",
            () -> leave(Ending.QUIT)),
        new EscapeCommand(
            'w', "saves all in a snapshot", () -> control.tasks().start("save", this::save)),
        new EscapeCommand(
            's',
            "shows what the VMs do",
            new EscapeCommand.Action.Show(new SystemTable(manager, () -> made.isPresent()))),
        new EscapeCommand('c', "asks for commands", new EscapeCommand.Action.Ask(monitor)));
  }

  /** Its user leaves it; any thread, which does not wait. */
  private void leave(Ending how) {
    if (suspended.isEmpty() || made.isEmpty()) {
      quit.end(how);
    } else {
      tasks.start("suspend", () -> quitAfter(how));
    }
  }

  /** If it cannot be suspended it goes on, unless nobody is there who could know, or does. */
  void quitAfter(Ending how) {
    try {
      manager.perform(new SnapshotAction.SuspendSystem(suspended.orElseThrow()));
      quit.end(how.equals(Ending.QUIT) ? Ending.suspended(suspended.orElseThrow()) : how);
    } catch (RuntimeException e) { // whatever it is, its user must be able to leave
      if (stuck || !how.equals(Ending.QUIT) || !runs()) {
        quit.end(how);
      } else {
        stuck = true;
        notes.accept(
            "it goes on, since it cannot be suspended: %s; to leave it all the same, as by a power failure, do that again"
                .formatted(e.getMessage()));
      }
    }
  }

  private boolean runs() {
    return manager.perform(new SystemAction.DescribeSystem()).vms().stream()
        .anyMatch(vm -> vm.status() == VmStatus.RUNNING || vm.status() == VmStatus.PAUSED);
  }

  /** Under a name that tells when; who wants another one types it at the monitor. */
  private void save() {
    if (made.isEmpty()) {
      return;
    }
    String system = made.get().name().replaceAll("[^A-Za-z0-9._-]", "-");
    Instant now = Instant.EPOCH.plusNanos(Clock.host().epochNanos());
    String name = system + "-" + TIME.format(now.atZone(ZoneId.systemDefault()));
    try {
      SnapshotReport ignored = manager.perform(new SnapshotAction.SaveSnapshot(name));
    } catch (RefusedException | VmException | HostException e) {
      notes.accept("not saved: " + e.getMessage());
    }
  }

  /** VMs without a console are not shown, unless none has one. */
  static List<VmDescription> shown(Scenario scenario) {
    List<VmDescription> shown =
        scenario.vms().stream().filter(vm -> vm.console() != ConsoleKind.NONE).toList();
    return shown.isEmpty() ? scenario.vms() : shown;
  }

  /** The guests' output decides the run; any thread. */
  private void decided() {
    quit.end(Ending.EXPECTED);
  }

  /** A signal ends the process: ends the run; any thread, which waits. */
  void signalled() {
    if (suspended.isEmpty() || made.isEmpty()) {
      quit.end(Ending.SIGNAL);
    } else {
      quitAfter(Ending.SIGNAL);
    }
  }
}

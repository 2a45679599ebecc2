package atoll.front;

import atoll.console.EscapeCommand;
import atoll.console.GuestConsole;
import atoll.console.HostConsole;
import atoll.console.InputEnd;
import atoll.console.LogFile;
import atoll.image.Progress;
import atoll.manager.Manager;
import atoll.manager.RunningSystem;
import atoll.manager.SystemStatistics;
import atoll.manager.VmAction;
import atoll.manager.Wiring;
import atoll.scenario.ConsoleKind;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The machines of a scenario on this process's console, from their making to their end. */
final class SystemSession {
  /** How long machines may take to stop before the process ends without them. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

  private final Manager manager;
  private final QuitRequest quit = new QuitRequest();
  private volatile RunningSystem system;

  /** The result of a run. */
  record Result(Ending ending, SystemStatistics statistics) {}

  SystemSession(Manager manager) {
    this.manager = manager;
  }

  /**
   * How machines are connected to this process.
   *
   * @param terminal the kind of terminal that shells talk to
   * @param timeout after which they are stopped
   * @param logs get copies of what machines print, by machine
   * @param atEnd what the end of input means
   */
  record Connection(
      String terminal, Optional<Duration> timeout, Map<String, LogFile> logs, InputEnd atEnd) {
    Connection {
      logs = Map.copyOf(logs);
    }
  }

  /**
   * Runs a scenario to its end.
   *
   * @param expectations decide the run's end, if there are any
   */
  Result run(Scenario scenario, Connection connection, Expectations expectations, Progress progress)
      throws InterruptedException {
    List<VmDescription> shown = shown(scenario);
    List<HostConsole.Port> ports =
        shown.stream().map(vm -> port(vm.name(), connection.logs, expectations)).toList();
    HostConsole.Setup setup =
        new HostConsole.Setup(
            front(shown), commands(), connection.atEnd, loss -> quit.end(Ending.of(loss)));
    Result result;
    try (HostConsole console = HostConsole.open(ports, setup)) {
      VmAction.CreateSystem create =
          new VmAction.CreateSystem(
              scenario,
              wirings(shown, console),
              connection.terminal,
              new SystemNotes(console),
              progress);
      result = run(create, connection.timeout.orElse(FOREVER));
    }
    // Only now all output has been seen.
    return new Result(expectations.ending(result.ending), result.statistics);
  }

  private static HostConsole.Port port(
      String vm, Map<String, LogFile> logs, Expectations expectations) {
    return new HostConsole.Port(vm, Optional.ofNullable(logs.get(vm)), expectations.watch(vm));
  }

  /** The machine that the scenario wants in front, or the first. */
  private static int front(List<VmDescription> shown) {
    return Math.max(0, shown.stream().map(VmDescription::front).toList().indexOf(true));
  }

  /** Runs machines, on consoles that are there, to their end. */
  Result run(VmAction.CreateSystem create, Duration limit) throws InterruptedException {
    try {
      system = manager.perform(create);
    } catch (RuntimeException e) {
      return new Result(quit.unmade(e), SystemStatistics.NONE);
    }
    quit.made(system::stop);
    return run(limit);
  }

  private List<EscapeCommand> commands() {
    Supplier<Optional<RunningSystem>> running = () -> Optional.ofNullable(system);
    return List.of(
        new EscapeCommand('x', "quits", () -> quit.end(Ending.QUIT)),
        new EscapeCommand(
            's',
            "shows what the VMs do",
            new EscapeCommand.Action.Show(new SystemTable(manager, running))),
        new EscapeCommand(
            'c',
            "asks for commands",
            new EscapeCommand.Action.Ask(
                new MonitorPrompt(manager, running, () -> quit.end(Ending.QUIT)))));
  }

  /** Machines without a console are not shown, unless none has one. */
  static List<VmDescription> shown(Scenario scenario) {
    List<VmDescription> shown =
        scenario.vms().stream().filter(vm -> vm.console() != ConsoleKind.NONE).toList();
    return shown.isEmpty() ? scenario.vms() : shown;
  }

  private static Map<String, Wiring> wirings(List<VmDescription> vms, HostConsole host) {
    Map<String, Wiring> wirings = new LinkedHashMap<>();
    for (VmDescription vm : vms) {
      GuestConsole console = host.guest(vm.name());
      switch (vm.console()) {
        case SERIAL -> wirings.put(vm.name(), new Wiring(console, Optional.empty()));
        case VIRTIO ->
            wirings.put(vm.name(), new Wiring(console.outputOnly(), Optional.of(console.held())));
        case NONE -> {}
      }
    }
    return wirings;
  }

  private Result run(Duration limit) throws InterruptedException {
    system.start();
    boolean ended = system.awaitEnd(limit);
    if (!ended) {
      quit.end(Ending.TIMEOUT);
      ended = system.awaitEnd(PATIENCE);
    }
    SystemStatistics statistics = manager.perform(new VmAction.DescribeSystem(system));
    if (ended) {
      system.close();
    }
    Ending ending = quit.ending().orElseGet(() -> SystemEnding.of(statistics.vms()));
    return new Result(ending, statistics);
  }

  /** The guests' output decides the run; any thread. */
  void decided() {
    quit.end(Ending.EXPECTED);
  }

  /** A signal ends the process: ends the run; any thread. */
  void signalled() {
    quit.end(Ending.SIGNAL);
  }
}

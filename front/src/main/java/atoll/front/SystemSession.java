package atoll.front;

import atoll.backend.EscapeCommand;
import atoll.backend.GuestConsole;
import atoll.backend.HostConsole;
import atoll.manager.ConsoleKind;
import atoll.manager.Manager;
import atoll.manager.Progress;
import atoll.manager.RunningSystem;
import atoll.manager.Scenario;
import atoll.manager.SystemStatistics;
import atoll.manager.VmAction;
import atoll.manager.VmDescription;
import atoll.manager.Wiring;
import java.io.IOException;
import java.nio.file.Path;
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

  /** What comes of a run. */
  record Result(Ending ending, SystemStatistics statistics) {}

  SystemSession(Manager manager) {
    this.manager = manager;
  }

  /**
   * Runs a scenario to its end.
   *
   * @param terminal the kind of terminal that shells talk to
   * @param timeout after which it is stopped
   * @param logs a folder for copies of what the machines print
   */
  Result run(
      Scenario scenario,
      String terminal,
      Optional<Duration> timeout,
      Optional<Path> logs,
      Progress progress)
      throws IOException, InterruptedException {
    List<VmDescription> shown = shown(scenario);
    try (HostConsole console =
        HostConsole.open(ports(shown, logs), commands(), () -> quit.end(Ending.HANGUP))) {
      VmAction.CreateSystem create =
          new VmAction.CreateSystem(
              scenario, wirings(shown, console), terminal, new SystemNotes(console), progress);
      return run(create, timeout.orElse(FOREVER));
    }
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
  private static List<VmDescription> shown(Scenario scenario) {
    List<VmDescription> shown =
        scenario.vms().stream().filter(vm -> vm.console() != ConsoleKind.NONE).toList();
    return shown.isEmpty() ? scenario.vms() : shown;
  }

  private static List<HostConsole.Port> ports(List<VmDescription> vms, Optional<Path> logs) {
    return vms.stream()
        .map(vm ->
            new HostConsole.Port(vm.name(), logs.map(folder -> folder.resolve(vm.name() + ".log"))))
        .toList();
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

  /** A signal ends the process: ends the run; any thread. */
  void signalled() {
    quit.end(Ending.SIGNAL);
  }
}

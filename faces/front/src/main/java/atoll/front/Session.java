package atoll.front;

import atoll.console.EscapeCommand;
import atoll.console.GuestConsole;
import atoll.console.HostConsole;
import atoll.console.InputEnd;
import atoll.console.LogFile;
import atoll.host.Clock;
import atoll.image.Progress;
import atoll.manager.Manager;
import atoll.manager.RunningMachine;
import atoll.manager.VmAction;
import atoll.manager.Wiring;
import atoll.scenario.MachineSpec;
import atoll.vmm.Outcome;
import atoll.vmm.VmStatistics;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One machine on this process's console, from its making to its end. */
final class Session {
  /** How long a machine may take to stop before the process ends without it. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** There is one console, so it is never shown. */
  static final String NAME = "machine";

  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

  private final Manager manager;
  private final Clock clock;
  private final QuitRequest quit = new QuitRequest();

  /**
   * How a machine is connected to this process.
   *
   * @param virtioConsole whether the guest gets its input by a virtio console, and its UART shows
   *     output only
   * @param timeout after which it is stopped
   * @param log gets a copy of the output
   * @param atEnd what the end of input means
   */
  record Connection(
      boolean virtioConsole, Optional<Duration> timeout, Optional<LogFile> log, InputEnd atEnd) {}

  /**
   * The result of a run.
   *
   * @param losses what could not be written about it, a sentence each
   */
  record Result(Ending ending, VmStatistics statistics, Duration elapsed, List<String> losses) {
    Result with(Ending other) {
      return new Result(other, statistics, elapsed, losses);
    }
  }

  Session(Manager manager, Clock clock) {
    this.manager = manager;
    this.clock = clock;
  }

  /**
   * Runs a machine to its end.
   *
   * @param expectations decide the run's end, if there are any
   */
  Result run(MachineSpec spec, Connection connection, Expectations expectations, Progress progress)
      throws InterruptedException {
    EscapeCommand key = new EscapeCommand('x', "quits", () -> quit.end(Ending.QUIT));
    HostConsole.Port port = new HostConsole.Port(NAME, connection.log, expectations.watch(NAME));
    HostConsole.Setup setup =
        new HostConsole.Setup(0, List.of(key), connection.atEnd, loss -> quit.end(Ending.of(loss)));
    Result result;
    try (HostConsole host = HostConsole.open(List.of(port), setup)) {
      GuestConsole console = host.guest(NAME);
      Wiring wiring =
          connection.virtioConsole
              ? new Wiring(console.outputOnly(), Optional.of(console.held()))
              : new Wiring(console, Optional.empty());
      result =
          run(
              new VmAction.Create(spec, wiring, text -> host.note(NAME, text), progress),
              connection.timeout.orElse(FOREVER));
    }
    // Only now all output has been seen.
    return result.with(expectations.ending(result.ending));
  }

  /** Runs a machine, on consoles that are there, to its end. */
  Result run(VmAction.Create create, Duration limit) throws InterruptedException {
    RunningMachine machine;
    try {
      machine = manager.perform(create);
    } catch (RuntimeException e) {
      return new Result(quit.unmade(e), VmStatistics.NONE, Duration.ZERO, List.of());
    }
    quit.made(machine::stop);
    return run(machine, limit);
  }

  private Result run(RunningMachine machine, Duration limit) throws InterruptedException {
    long started = clock.nanos();
    machine.start();
    Optional<Outcome> outcome = machine.awaitEnd(limit);
    if (outcome.isEmpty()) {
      quit.end(Ending.TIMEOUT);
      outcome = machine.awaitEnd(PATIENCE);
    }
    Duration elapsed = Duration.ofNanos(clock.nanos() - started);
    VmStatistics statistics = machine.statistics();
    if (outcome.isPresent()) {
      machine.close();
    }
    Ending natural = outcome.map(Ending::of).orElse(Ending.TIMEOUT);
    boolean stopped = outcome.isEmpty() || outcome.get() instanceof Outcome.Stopped;
    Ending ending = stopped ? quit.ending().orElse(natural) : natural;
    return new Result(ending, statistics, elapsed, machine.losses());
  }

  /** The guest's output decides the run; any thread. */
  void decided() {
    quit.end(Ending.EXPECTED);
  }

  /** A signal ends the process: ends the run; any thread. */
  void signalled() {
    quit.end(Ending.SIGNAL);
  }
}

package atoll.front;

import atoll.backend.EscapeCommand;
import atoll.backend.GuestConsole;
import atoll.backend.HostConsole;
import atoll.host.Clock;
import atoll.manager.MachineSpec;
import atoll.manager.Manager;
import atoll.manager.Progress;
import atoll.manager.RunningMachine;
import atoll.manager.VmAction;
import atoll.manager.Wiring;
import atoll.vmm.Outcome;
import atoll.vmm.VmStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** One machine on this process's console, from its making to its end. */
final class Session {
  /** How long a machine may take to stop before the process ends without it. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** There is one console, so nobody sees it. */
  private static final String NAME = "machine";

  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

  private final Manager manager;
  private final Clock clock;
  private final AtomicReference<Ending> wish = new AtomicReference<>();
  private volatile RunningMachine machine;

  /** What comes of a run. */
  record Result(Ending ending, VmStatistics statistics, Duration elapsed) {}

  Session(Manager manager, Clock clock) {
    this.manager = manager;
    this.clock = clock;
  }

  /**
   * Runs a machine to its end.
   *
   * @param virtioConsole whether the guest gets its input by a virtio console, and its UART shows
   *     output only
   * @param timeout after which it is stopped
   * @param log a file for a copy of the output
   */
  Result run(
      MachineSpec spec,
      boolean virtioConsole,
      Optional<Duration> timeout,
      Optional<Path> log,
      Progress progress)
      throws IOException, InterruptedException {
    EscapeCommand quit = new EscapeCommand('x', "quits", () -> end(Ending.QUIT));
    HostConsole.Port port = new HostConsole.Port(NAME, log);
    try (HostConsole host =
        HostConsole.open(List.of(port), List.of(quit), () -> end(Ending.HANGUP))) {
      GuestConsole console = host.guest(NAME);
      Wiring wiring =
          virtioConsole
              ? new Wiring(console.outputOnly(), Optional.of(console.held()))
              : new Wiring(console, Optional.empty());
      machine = manager.perform(new VmAction.Create(spec, wiring, console::note, progress));
      return run(timeout.orElse(FOREVER));
    }
  }

  private Result run(Duration limit) throws InterruptedException {
    long started = clock.nanos();
    machine.start();
    if (wish.get() != null) {
      machine.stop();
    }
    Optional<Outcome> outcome = machine.awaitEnd(limit);
    if (outcome.isEmpty()) {
      end(Ending.TIMEOUT);
      outcome = machine.awaitEnd(PATIENCE);
    }
    Duration elapsed = Duration.ofNanos(clock.nanos() - started);
    VmStatistics statistics = machine.statistics();
    if (outcome.isPresent()) {
      machine.close();
    }
    Ending natural = outcome.map(Ending::of).orElse(Ending.TIMEOUT);
    boolean stopped = outcome.isEmpty() || outcome.get() instanceof Outcome.Stopped;
    return new Result(stopped && wish.get() != null ? wish.get() : natural, statistics, elapsed);
  }

  /** A signal ends the process: ends the run; any thread. */
  void signalled() {
    end(Ending.SIGNAL);
  }

  /** Ends the run from outside; the first wish counts. */
  private void end(Ending how) {
    if (wish.compareAndSet(null, how) && machine != null) {
      machine.stop();
    }
  }
}

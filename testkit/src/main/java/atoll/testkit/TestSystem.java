package atoll.testkit;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.manager.Event;
import atoll.manager.EventListener;
import atoll.manager.Manager;
import atoll.manager.MigrationAction;
import atoll.manager.PlanAction;
import atoll.manager.PluggedConsoles;
import atoll.manager.SnapshotAction;
import atoll.manager.SystemAction;
import atoll.manager.SystemEnd;
import atoll.manager.SystemStatistics;
import atoll.manager.VmAction;
import atoll.manager.VmReport;
import atoll.manager.VmStatus;
import atoll.manager.Wiring;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** The machines of a scenario, with consoles that a test can script. */
public final class TestSystem implements EventListener, AutoCloseable {
  private final Manager manager;
  private final Map<String, ScriptedConsole> consoles = new LinkedHashMap<>();
  private final List<End> ends = new ArrayList<>();
  private final List<String> notices = new ArrayList<>();
  private final List<Event> lives = new ArrayList<>();
  private final Scenario scenario;
  private final PluggedConsoles plugged;

  /**
   * A machine that has ended by itself.
   *
   * @param again whether it is started again
   */
  public record End(String vm, Outcome outcome, boolean again) {}

  private TestSystem(
      Manager manager, Scenario scenario, List<VmAction<Void>> begin, Map<String, Wiring> others) {
    this.manager = manager;
    this.scenario = scenario;
    Map<String, Wiring> wirings = new LinkedHashMap<>();
    for (VmDescription vm : scenario.vms()) {
      ScriptedConsole console = new ScriptedConsole();
      consoles.put(vm.name(), console);
      wirings.put(vm.name(), new Wiring(console, Optional.of(console)));
    }
    wirings.putAll(others);
    plugged = new PluggedConsoles(manager, wirings);
    begin.forEach(action -> manager.perform(action, this));
  }

  private static List<VmAction<Void>> started(VmAction<Void> create) {
    return List.of(create, new SystemAction.StartSystem());
  }

  /**
   * Takes the next system that comes to a manager from another host; returns when it runs.
   *
   * @param manager whose reception is open
   */
  public static TestSystem arrive(Manager manager) {
    Scenario scenario = manager.perform(new MigrationAction.AwaitArrival()).orElseThrow();
    return new TestSystem(
        manager,
        scenario,
        List.of(new SystemAction.TakeArrival(scenario, Guest.Linux.NO_TERMINAL, Map.of())),
        Map.of());
  }

  /**
   * Goes on with a system that was saved.
   *
   * @param engine instead of the machines' own
   */
  public static TestSystem restore(
      String snapshot, UnaryOperator<String> environment, Optional<String> engine) {
    Manager manager = new Manager(Clock.host(), Effects.host(), environment);
    Scenario saved = manager.perform(new SnapshotAction.ReadSnapshot(snapshot));
    Scenario scenario =
        engine
            .map(other ->
                saved.withVms(saved.vms().stream().map(vm -> vm.withEngine(other)).toList()))
            .orElse(saved);
    return new TestSystem(
        manager,
        scenario,
        started(
            new SystemAction.RestoreSystem(snapshot, scenario, Guest.Linux.NO_TERMINAL, Map.of())),
        Map.of());
  }

  /** Goes on with a system that was suspended, as it is described now. */
  public static TestSystem resume(
      String image, Scenario scenario, UnaryOperator<String> environment) {
    return new TestSystem(
        new Manager(Clock.host(), Effects.host(), environment),
        scenario,
        started(new SystemAction.ResumeSystem(image, scenario, Guest.Linux.NO_TERMINAL, Map.of())),
        Map.of());
  }

  /** Goes on with a system that was saved, so many times at once. */
  public static TestSystem fork(String snapshot, int copies, UnaryOperator<String> environment) {
    TestSystem forks = forked(snapshot, copies, environment);
    forks.manager.perform(new SystemAction.StartSystem(), forks);
    return forks;
  }

  /** The same, of which nothing has begun yet. */
  public static TestSystem forked(String snapshot, int copies, UnaryOperator<String> environment) {
    Manager manager = new Manager(Clock.host(), Effects.host(), environment);
    Scenario forks = manager.perform(new SnapshotAction.ReadForks(snapshot, copies));
    return new TestSystem(
        manager,
        forks,
        List.of(
            new SystemAction.ForkSystem(
                snapshot, copies, forks, Guest.Linux.NO_TERMINAL, Map.of())),
        Map.of());
  }

  /**
   * Starts a scenario.
   *
   * @param folder for the file
   * @param yaml the scenario's text
   */
  public static TestSystem start(Path folder, String yaml) throws IOException {
    return start(folder, yaml, Map.of());
  }

  /** The same with consoles of the test's own for some machines. */
  public static TestSystem start(Path folder, String yaml, Map<String, Wiring> consoles)
      throws IOException {
    Path file = Files.writeString(folder.resolve("scenario.yaml"), yaml);
    return start(file, System::getenv, consoles);
  }

  /** Starts a scenario that is there already. */
  public static TestSystem start(Path file) {
    return start(file, System::getenv);
  }

  /** The same in an environment of the test's own. */
  public static TestSystem start(Path file, UnaryOperator<String> environment) {
    return start(file, environment, Map.of());
  }

  private static TestSystem start(
      Path file, UnaryOperator<String> environment, Map<String, Wiring> consoles) {
    Manager manager = new Manager(Clock.host(), Effects.host(), environment);
    Scenario scenario = manager.perform(new PlanAction.Plan(file)).scenario();
    return new TestSystem(
        manager,
        scenario,
        started(new SystemAction.CreateSystem(scenario, Guest.Linux.NO_TERMINAL, Map.of())),
        consoles);
  }

  @Override
  public void accept(Event event) {
    plugged.accept(event);
    note(event);
  }

  private synchronized void note(Event event) {
    if (!(event instanceof Event.Printed)) {
      lives.add(event);
    }
    switch (event) {
      case Event.Noticed(String vm, String text) -> notices.add(vm + ": " + text);
      case Event.LifeEnded(String vm, Outcome outcome, Optional<Event.Restart> restart) ->
          ends.add(new End(vm, outcome, restart.isPresent()));
      default -> {}
    }
    notifyAll();
  }

  /** What a machine prints and is typed. */
  public ScriptedConsole console(String vm) {
    return consoles.get(vm);
  }

  /** What it was made from. */
  public Scenario scenario() {
    return scenario;
  }

  /** All that happened so far, but for what was printed. */
  public synchronized List<Event> events() {
    return List.copyOf(lives);
  }

  /** Performs an action on the system. */
  public <R> R perform(VmAction<R> action) {
    return manager.perform(action);
  }

  /** Everything at this moment. */
  public SystemStatistics statistics() {
    return manager.perform(new SystemAction.DescribeSystem());
  }

  /** A machine at this moment. */
  public VmReport vm(String name) {
    return statistics().vms().stream()
        .filter(vm -> vm.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Waits until a machine has ended by itself that many times; returns the latest end. */
  public synchronized End awaitEnd(String vm, int count, Duration limit)
      throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      List<End> of = ends.stream().filter(e -> e.vm().equals(vm)).toList();
      if (of.size() >= count) {
        return of.get(count - 1);
      }
      long left = end - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError(
            "%s did not end %d times within %s but so: %s".formatted(vm, count, limit, ends));
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /** Waits for the first notice about any machine. */
  public synchronized String awaitNotice(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (notices.isEmpty()) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError("no notice within " + limit);
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return notices.getFirst();
  }

  /** What a person was told of machines so far, each as {@code vm: sentence}. */
  public synchronized List<String> notices() {
    return List.copyOf(notices);
  }

  /** What became of a machine so far, but for what it printed. */
  public synchronized List<Event> events(String vm) {
    return lives.stream()
        .filter(event -> event instanceof Event.OfVm of && of.vm().equals(vm))
        .toList();
  }

  /** Waits until the system is over; fails if it is not in time. */
  public void awaitOver(Duration limit) {
    if (!manager.perform(new SystemAction.AwaitSystem(limit))) {
      throw new AssertionError("still running after %s: %s".formatted(limit, statistics().vms()));
    }
  }

  /** Waits for a state that comes soon after something else. */
  public void await(String vm, VmStatus status) {
    while (vm(vm).status() != status) {
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    SystemEnd ignored = manager.perform(new SystemAction.CloseSystem());
  }
}

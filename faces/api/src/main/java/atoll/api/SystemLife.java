package atoll.api;

import atoll.api.ExpectationException.Reason;
import atoll.api.SystemWatch.Awaited;
import atoll.api.SystemWatch.Deadline;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.manager.Manager;
import atoll.manager.SystemAction;
import atoll.manager.SystemEnd;
import atoll.scenario.Scenario;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A system from its making until everything that was opened for it is closed. It knows nothing of
 * the objects that a program holds, so that it can be closed when these are garbage.
 */
final class SystemLife {
  private final Operator operator;
  private final SystemWatch watch;
  private final Workspace files;
  private final Map<String, Path> agents;
  private final boolean goesOn;
  private final Duration grace;
  private final CompletableFuture<Void> made;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final AtomicBoolean closing = new AtomicBoolean();

  private SystemLife(
      Described described,
      Operator operator,
      Workspace files,
      Duration grace,
      Clock clock,
      Consumer<String> progress) {
    Scenario scenario = described.scenario();
    agents = described.agents();
    goesOn = described.snapshot().isPresent();
    this.operator = operator;
    this.files = files;
    this.grace = grace;
    watch = new SystemWatch(scenario, operator, clock, progress);
    made = operator.begin(described.action(), watch);
  }

  /** Who performs actions for a system of its own. */
  static Operator newOperator() {
    Effects effects = Effects.host();
    return new Operator(new Manager(Clock.host(), effects, System::getenv, true), effects);
  }

  /**
   * Makes the VMs of a scenario ready to start.
   *
   * @param described what is to be made
   * @param files removed at the end, also if this fails
   * @param grace how much longer than in guest time a wait may take in the host's
   * @param progress told of long work
   */
  static SystemLife make(
      Described described,
      Operator operator,
      Workspace files,
      Duration grace,
      Consumer<String> progress) {
    SystemLife life = new SystemLife(described, operator, files, grace, Clock.host(), progress);
    try {
      Operator.join(life.made);
      return life;
    } catch (RuntimeException | Error e) {
      life.abandon(); // an interrupted wait: it is still being made
      throw e;
    }
  }

  /** The socket by which an agent in a VM is reached, if there is one. */
  Optional<Path> agent(String vm) {
    return Optional.ofNullable(agents.get(vm));
  }

  /** Whether it goes on from a snapshot. */
  boolean goesOn() {
    return goesOn;
  }

  Operator operator() {
    return operator;
  }

  SystemWatch watch() {
    return watch;
  }

  /** Waits until {@code look} finds something, for so much guest time at most. */
  <T> Awaited<T> await(
      Supplier<Optional<T>> look, Supplier<Optional<Reason>> hopeless, Duration limit) {
    long alarm = watch.alarm();
    try {
      operator.perform(new SystemAction.SetAlarm(alarm, limit));
      Deadline deadline = watch.deadline(alarm, limit.plus(grace));
      return watch.await(look, hopeless, deadline);
    } catch (InterruptedException e) {
      throw Operator.interrupted("interrupted while waiting for a VM", e);
    } finally {
      forget(alarm);
    }
  }

  private void forget(long alarm) {
    watch.forget(alarm);
    try {
      operator.perform(new SystemAction.CancelAlarm(alarm));
    } catch (AtollException e) {
      // The system has been closed, and its alarms with it.
    }
  }

  /** Begins to close everything; returns at once. */
  void abandon() {
    if (closing.compareAndSet(false, true)) {
      watch.close();
      operator.start("close", this::end);
    }
  }

  /**
   * Closes everything. Also for an interrupted thread, which stays so.
   *
   * @throws AtollException if something may be lost
   */
  void close() {
    abandon();
    boolean interrupted = Thread.interrupted();
    try {
      while (!ended.isDone()) {
        try {
          ended.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          break; // told below
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    rethrow();
  }

  private void rethrow() {
    if (ended.isCompletedExceptionally()) {
      Throwable problem = ended.exceptionNow();
      throw problem instanceof AtollException known
          ? new AtollException(known.getMessage(), known)
          : new AtollException("the system could not be closed: " + problem, problem);
    }
  }

  private void end() {
    try {
      endSystem();
      ended.complete(null);
    } catch (RuntimeException | Error e) {
      ended.completeExceptionally(e);
    }
  }

  private void endSystem() {
    boolean there = made.handle((done, problem) -> problem == null).join();
    try {
      if (there) {
        SystemEnd end = operator.perform(new SystemAction.CloseSystem());
        assert end.losses().isEmpty(); // no reports are written
      }
    } finally {
      files.delete();
    }
  }
}

package atoll.manager;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.RefusedException;
import atoll.scenario.Scenario;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Performs {@link SystemAction}s: the one place where the manager's system is made and closed. */
final class SystemDesk implements Desk<SystemAction<?>> {
  private final Stores stores;
  private final PresentSystem system;
  private final ImageDesk images;
  private final MigrationDesk migrations;
  private final TrustDesk trust;
  private final Supplier<Suspensions> suspensions;
  private final SecondStarts secondStarts;
  private final KeptCode code;
  private final Effects effects;

  /**
   * @param images makes what VMs start from
   * @param migrations has the systems that come
   * @param trust makes those that must be verified
   * @param suspensions the systems that were left to go on later
   * @param code that was translated in earlier runs
   * @param clock the host's
   */
  SystemDesk(
      Stores stores,
      PresentSystem system,
      ImageDesk images,
      MigrationDesk migrations,
      TrustDesk trust,
      Supplier<Suspensions> suspensions,
      KeptCode code,
      Clock clock,
      Effects effects) {
    this.stores = stores;
    this.system = system;
    this.images = images;
    this.migrations = migrations;
    this.trust = trust;
    this.suspensions = suspensions;
    this.code = code;
    this.effects = effects;
    secondStarts =
        new SecondStarts(
            stores.cache(),
            clock,
            effects,
            () -> stores.images(EventListener.nobody()).present(),
            system,
            system.saving());
  }

  /** Something is about to be done by a face, or for it. */
  void acted(VmAction<?> action) {
    secondStarts.acted(action);
  }

  @Override
  public Object perform(SystemAction<?> action, EventListener listener) {
    return switch (action) {
      case SystemAction.CreateSystem create -> Desk.done(() -> create(create, listener));
      case SystemAction.RestoreSystem restore -> Desk.done(() -> restore(restore, listener));
      case SystemAction.ForkSystem fork -> Desk.done(() -> fork(fork, listener));
      case SystemAction.ResumeSystem resume -> Desk.done(() -> resume(resume, listener));
      case SystemAction.TakeArrival take -> migrations.take(take, listener);
      case SystemAction.KeepTranslations(boolean keep) -> Desk.done(() -> code.want(keep));
      case SystemAction.IsWarm(SystemAction.CreateSystem of) -> secondStarts.present(of);
      case SystemAction.StartSystem() -> Desk.done(system.get()::start);
      case SystemAction.StopSystem() -> Desk.done(system::stop);
      case SystemAction.AwaitSystem(Duration limit) -> awaitEnd(limit);
      case SystemAction.CloseSystem() -> system.close();
      case SystemAction.DescribeSystem() -> system.get().statistics();
      case SystemAction.TellTime() -> system.get().time();
      case SystemAction.SetAlarm(long alarm, Duration after) ->
          Desk.done(() -> system.get().alarms().set(alarm, after));
      case SystemAction.CancelAlarm(long alarm) ->
          Desk.done(() -> system.get().alarms().cancel(alarm));
    };
  }

  private void create(SystemAction.CreateSystem action, EventListener listener) {
    synchronized (system) {
      system.requireNone();
      images.prepare(action.scenario(), false, listener);
      if (action.scenario().verify().required()) {
        RunningSystem ignored = trust.make(action, listener);
      } else if (action.warm()) {
        secondStarts.make(action, listener);
      } else {
        RunningSystem ignored = system.make(action, Optional.empty(), listener);
      }
    }
  }

  /** What was saved was signed by nobody. */
  private static void requireUnverified(Scenario scenario) {
    if (scenario.verify().required()) {
      throw new RefusedException(
          "%s has to be verified (verify: required), and what was saved is signed by nobody; begin it anew: atoll up"
              .formatted(scenario.name()));
    }
  }

  private void resume(SystemAction.ResumeSystem action, EventListener listener) {
    requireUnverified(action.scenario());
    synchronized (system) {
      system.requireNone();
      suspensions.get().resume(action, listener);
    }
  }

  private void restore(SystemAction.RestoreSystem action, EventListener listener) {
    restore(
        action.name(),
        new SystemAction.CreateSystem(action.scenario(), action.terminal(), action.reports()),
        Optional.empty(),
        listener);
  }

  private void fork(SystemAction.ForkSystem action, EventListener listener) {
    restore(
        action.name(),
        new SystemAction.CreateSystem(action.scenario(), action.terminal(), action.reports()),
        Optional.of(new Forks(action.copies())),
        listener);
  }

  private void restore(
      String name,
      SystemAction.CreateSystem create,
      Optional<Forks> forks,
      EventListener listener) {
    requireUnverified(create.scenario());
    synchronized (system) {
      system.requireNone();
      SnapshotProof proof =
          SnapshotProof.begin(stores.snapshots(EventListener.nobody()).open(name), effects.tasks());
      try (SystemRestore from = new SystemRestore(stores.snapshots(listener).open(name), forks)) {
        RunningSystem made = system.make(create, Optional.of(from), listener);
        require(proof, made);
        made.goBackTo(from.shared());
      }
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
      SystemEnd ignored = system.close();
      throw e;
    }
  }

  private boolean awaitEnd(Duration limit) {
    return Desk.waiting(
        () -> system.get().awaitEnd(limit),
        () -> "interrupted while waiting for the end of the system");
  }
}

package atoll.manager;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.RefusedException;
import atoll.keys.HostTls;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.vmm.Boot;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Performs {@link MigrationAction}s: systems that go to other hosts, and that come from there. */
final class MigrationDesk implements Desk<MigrationAction<?>> {
  private final Stores stores;
  private final PresentSystem system;
  private final SystemMaker maker;
  private final Clock clock;
  private final Effects effects;

  /** Where systems of other hosts come in; null if none can. */
  private volatile ArrivalDesk arrivals;

  /**
   * @param clock the host's
   */
  MigrationDesk(
      Stores stores, PresentSystem system, SystemMaker maker, Clock clock, Effects effects) {
    this.stores = stores;
    this.system = system;
    this.maker = maker;
    this.clock = clock;
    this.effects = effects;
  }

  @Override
  public Object perform(MigrationAction<?> action, EventListener listener) {
    return switch (action) {
      case MigrationAction.Migrate migrate -> migrate(migrate, listener);
      case MigrationAction.ResolveMigration(boolean here) -> Desk.done(() -> resolve(here));
      case MigrationAction.OpenReception open -> receive(open, listener);
      case MigrationAction.AwaitArrival() -> awaitArrival();
      case MigrationAction.CloseReception() -> Desk.done(this::closeReception);
    };
  }

  private MigrationReport migrate(MigrationAction.Migrate action, EventListener listener) {
    RunningSystem present = system.get();
    HostTls tls = stores.keyring().tls();
    EventListener both =
        event -> {
          system.told().accept(event);
          listener.accept(event);
        };
    synchronized (system.saving()) {
      present.lastSave().drop();
      return Desk.waiting(
          new SystemMove(present, action, tls, both, clock, effects)::perform,
          () -> "%s stays here: it was interrupted".formatted(present.scenario().name()));
    }
  }

  private void resolve(boolean here) {
    RunningSystem present = system.get();
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

  private String receive(MigrationAction.OpenReception action, EventListener listener) {
    synchronized (system) {
      system.requireNone();
      if (arrivals != null) {
        throw new RefusedException("systems are received already; close that first");
      }
      arrivals =
          new ArrivalDesk(
              new Makers(),
              stores.keyring().tls(),
              action,
              List.of(stores.cache()),
              clock,
              effects.tasks(),
              text -> listener.accept(new Event.ServingNoticed(text)));
      return arrivals.address();
    }
  }

  /** How a system is made that has come. */
  private final class Makers implements ArrivalDesk.Makers {
    /** Fetches what its next lives begin with, which takes long if it is not there. */
    @Override
    public void foresee(Scenario scenario) {
      BootChoice boots = stores.boots(EventListener.nobody());
      for (VmDescription vm : scenario.vms()) {
        if (vm.guest() instanceof Guest.Entered entered) {
          Boot ignored = boots.of(entered, vm.files(), vm.shares());
        }
      }
    }

    /** With nothing written about it, and nobody told. */
    @Override
    public void rehearse(SystemAction.CreateSystem action, SystemRestore from) {
      SystemAction.CreateSystem quiet =
          new SystemAction.CreateSystem(action.scenario(), action.terminal(), Map.of());
      RunningSystem made = maker.assemble(quiet, Optional.of(from), EventListener.nobody());
      made.prepare(); // which leaves nothing if it fails
      made.abandon();
    }

    @Override
    public RunningSystem make(
        SystemAction.CreateSystem action, SystemRestore from, EventListener listener) {
      synchronized (system) {
        system.requireNone();
        return system.make(action, Optional.of(from), listener);
      }
    }

    @Override
    public void abandon(RunningSystem made) {
      system.abandon(made);
    }
  }

  private ArrivalDesk arrivals() {
    ArrivalDesk present = arrivals;
    if (present == null) {
      throw new RefusedException("no systems are received; open a reception first");
    }
    return present;
  }

  private Optional<Scenario> awaitArrival() {
    try {
      return arrivals().await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /**
   * Takes the system that is offered, and waits until it runs.
   *
   * @throws RefusedException if it does not come
   */
  Void take(SystemAction.TakeArrival action, EventListener listener) {
    return Desk.waiting(
        () -> {
          arrivals().take(action, listener);
          return null;
        },
        () -> "the wait for a system to come was interrupted");
  }

  private void closeReception() {
    ArrivalDesk present = arrivals;
    if (present != null) {
      present.close();
      arrivals = null;
    }
  }
}

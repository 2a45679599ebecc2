package atoll.manager;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.RefusedException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Performs {@link VmAction}s, and has the system that they are about. Thread-safe. */
public final class Manager {
  private final ProgramDevices functions = new ProgramDevices();
  private final SystemMaker maker;
  private final PlanDesk plans;
  private final SystemDesk systems;
  private final SnapshotDesk snapshots;
  private final LifeDesk lives;
  private final BoardDesk boards;
  private final DebugDesk debugging;
  private final DiskDesk disks;
  private final ImageDesk images;
  private final MigrationDesk migrations;
  private final KeyDesk keys;
  private final TrustDesk trust;

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
    Stores stores = new Stores(clock, effects, environment);
    KeptCode code = new KeptCode(stores.cache(), clock, effects, keepsCode, environment);
    CheckedBoot checked = new CheckedBoot();
    maker = new SystemMaker(stores, functions, checked, code, clock, effects);
    PresentSystem system = new PresentSystem(maker, checked, code);
    Supplier<Suspensions> suspensions =
        () -> new Suspensions(stores.disks(EventListener.nobody()), clock, effects, system);
    plans = new PlanDesk(stores, checked, maker, clock, effects);
    images = new ImageDesk(stores, maker, clock, effects);
    migrations = new MigrationDesk(stores, system, maker, clock, effects);
    trust = new TrustDesk(stores, system, effects);
    systems =
        new SystemDesk(
            stores, system, images, migrations, trust, suspensions, code, clock, effects);
    snapshots = new SnapshotDesk(stores, system, suspensions, clock);
    lives = new LifeDesk(system);
    boards = new BoardDesk(system, functions);
    debugging = new DebugDesk(system);
    disks = new DiskDesk(clock, effects.tasks());
    keys = new KeyDesk(stores);
  }

  /**
   * The process is for this manager's systems alone: once machines idle, garbage is collected, so
   * that the host gets back what they need no more.
   */
  public void returnsHeap(Runnable collect) {
    maker.returnsHeap(collect);
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
  @SuppressWarnings("unchecked") // Each action's type argument is what its desk gives.
  public <R> R perform(VmAction<R> action, EventListener listener) {
    systems.acted(action);
    return (R)
        switch (action) {
          case PlanAction<R> of -> plans.perform(of, listener);
          case SystemAction<R> of -> systems.perform(of, listener);
          case SnapshotAction<R> of -> snapshots.perform(of, listener);
          case LifeAction<R> of -> lives.perform(of, listener);
          case BoardAction<R> of -> boards.perform(of, listener);
          case DebugAction<R> of -> debugging.perform(of, listener);
          case DiskAction<R> of -> disks.perform(of, listener);
          case ImageAction<R> of -> images.perform(of, listener);
          case MigrationAction<R> of -> migrations.perform(of, listener);
          case KeyAction<R> of -> keys.perform(of, listener);
          case TrustAction<R> of -> trust.perform(of, listener);
        };
  }
}

package atoll.manager;

import atoll.image.RefusedException;
import java.util.Optional;

/**
 * The system that a manager has: the one that was made last, until it is closed. Whoever makes one
 * holds this object's lock from the look whether there is none. Thread-safe.
 */
final class PresentSystem implements SecondStarts.Systems {
  private final SystemMaker maker;
  private final CheckedBoot checked;
  private final KeptCode code;

  /** See {@link #saving}. */
  private final Object saving = new Object();

  /** Null if there is none. */
  private volatile RunningSystem system;

  private volatile EventListener told = EventListener.nobody();

  /**
   * @param checked what a check has planned, of no use any more once a system is made
   * @param code of its machines, to be found by later runs once it is closed
   */
  PresentSystem(SystemMaker maker, CheckedBoot checked, KeptCode code) {
    this.maker = maker;
    this.checked = checked;
    this.code = code;
  }

  /**
   * It.
   *
   * @throws RefusedException if there is none
   */
  RunningSystem get() {
    return find()
        .orElseThrow(() -> new RefusedException("there is no system yet; create one first"));
  }

  /** It, if there is one. */
  Optional<RunningSystem> find() {
    return Optional.ofNullable(system);
  }

  /**
   * A machine of it by name.
   *
   * @throws RefusedException if there is none
   */
  VmSupervisor vm(String name) {
    return get().vm(name);
  }

  /** Who is told of what becomes of it. */
  EventListener told() {
    return told;
  }

  /** The lock that is held while it is saved, suspended or moved: one of these at a time. */
  Object saving() {
    return saving;
  }

  /**
   * Another is to be made.
   *
   * @throws RefusedException if there is one
   */
  void requireNone() {
    find()
        .ifPresent(present -> {
          throw new RefusedException(
              "%s is there already; close it first".formatted(present.scenario().name()));
        });
  }

  /** If a machine cannot be made, there is no system. */
  @Override
  public RunningSystem make(
      SystemAction.CreateSystem action, Optional<SystemRestore> from, EventListener listener) {
    RunningSystem made = maker.assemble(action, from, listener);
    told = listener;
    system = made; // before its machines are made, whose guests can then be typed at
    try {
      made.prepare();
      from.ifPresent(made::beganWith);
      return made;
    } catch (RuntimeException e) {
      system = null;
      throw e;
    } finally {
      checked.drop();
    }
  }

  @Override
  public void discard(RunningSystem made) {
    system = null;
    made.abandon();
  }

  /** Gives one back that is not to be, whether it has become the present one or not. */
  synchronized void abandon(RunningSystem made) {
    made.abandon();
    if (made.equals(system)) {
      system = null;
    }
  }

  /** Ends it if there is one; returns at once. */
  void stop() {
    find().ifPresent(RunningSystem::stop);
  }

  /** Ends it, waits for that, and gives everything back. */
  SystemEnd close() {
    try {
      return new SystemEnd(get().end());
    } finally {
      system = null;
      code.publish();
    }
  }
}

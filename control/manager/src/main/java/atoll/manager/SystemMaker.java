package atoll.manager;

import atoll.host.Clock;
import atoll.host.Effects;
import java.util.Optional;

/** Makes systems of what is in the user's folders. Thread-safe. */
final class SystemMaker {
  private final Stores stores;
  private final ProgramDevices functions;
  private final CheckedBoot checked;
  private final KeptCode code;
  private final Clock clock;
  private final Effects effects;

  /** Collects garbage, if it may be asked to. */
  private volatile Optional<Runnable> collector = Optional.empty();

  /**
   * @param functions of the program that devices of its own are made and watched by
   * @param checked what a check has planned already
   * @param code that was translated in earlier runs
   * @param clock the host's, which every platform takes its pace from
   */
  SystemMaker(
      Stores stores,
      ProgramDevices functions,
      CheckedBoot checked,
      KeptCode code,
      Clock clock,
      Effects effects) {
    this.stores = stores;
    this.functions = functions;
    this.checked = checked;
    this.code = code;
    this.clock = clock;
    this.effects = effects;
  }

  /** Has systems that are made from now on ask for garbage to be collected once they idle. */
  void returnsHeap(Runnable collect) {
    collector = Optional.of(collect);
  }

  /**
   * Makes a system, its machines not yet.
   *
   * @param from what it goes on from, if it does
   * @param listener told what becomes of it
   */
  RunningSystem assemble(
      SystemAction.CreateSystem action, Optional<SystemRestore> from, EventListener listener) {
    RunningSystem made =
        new SystemAssembly(
                action,
                stores.boots(listener),
                stores.imageDisks(listener),
                stores.variables(),
                checked,
                functions,
                listener,
                from,
                stores.data(),
                clock,
                effects,
                code,
                stores.claims(),
                new FarKeys(stores.keyring()))
            .assemble();
    collector.ifPresent(collect -> made.returnHeap(() -> effects.tasks().start("heap", collect)));
    return made;
  }

  /** Makes one that boots, ready to start: beside the manager's, for work of its own. */
  RunningSystem prepared(SystemAction.CreateSystem action, EventListener listener) {
    RunningSystem made = assemble(action, Optional.empty(), listener);
    made.prepare();
    return made;
  }
}

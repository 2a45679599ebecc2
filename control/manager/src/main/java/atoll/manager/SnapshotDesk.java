package atoll.manager;

import atoll.host.Clock;
import atoll.image.RefusedException;
import atoll.scenario.Scenario;
import atoll.snapshot.SnapshotDraft;
import atoll.snapshot.SnapshotStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Performs {@link SnapshotAction}s. */
final class SnapshotDesk implements Desk<SnapshotAction<?>> {
  private final Stores stores;
  private final PresentSystem system;
  private final Supplier<Suspensions> suspensions;
  private final Clock clock;

  /**
   * @param suspensions the systems that were left to go on later
   * @param clock the host's
   */
  SnapshotDesk(
      Stores stores, PresentSystem system, Supplier<Suspensions> suspensions, Clock clock) {
    this.stores = stores;
    this.system = system;
    this.suspensions = suspensions;
    this.clock = clock;
  }

  @Override
  public Object perform(SnapshotAction<?> action, EventListener listener) {
    SnapshotStore store = stores.snapshots(listener);
    return switch (action) {
      case SnapshotAction.SaveSnapshot(String name) -> save(name, listener);
      case SnapshotAction.ReadSnapshot(String name) -> read(name, store);
      case SnapshotAction.FitSnapshot(String name, Scenario scenario) -> fit(name, scenario, store);
      case SnapshotAction.ReadForks(String name, int copies) ->
          new Forks(copies).of(read(name, store));
      case SnapshotAction.SuspendSystem(String image) -> suspend(image);
      case SnapshotAction.FindSuspended(String image) -> suspensions.get().since(image);
      case SnapshotAction.DropSuspended(String image) ->
          Desk.done(() -> suspensions.get().drop(image));
      case SnapshotAction.ListSnapshots() -> store.list();
      case SnapshotAction.RemoveSnapshot(String name) -> store.remove(name);
      case SnapshotAction.VerifySnapshot(String name) -> store.verify(name);
      case SnapshotAction.ExportSnapshot(String name, Path file) ->
          Desk.done(() -> store.export(name, file));
      case SnapshotAction.ImportSnapshot add -> Desk.done(() -> add(add, store));
    };
  }

  private static Scenario read(String name, SnapshotStore store) {
    try (SystemRestore from = new SystemRestore(store.open(name))) {
      return from.saved().scenario();
    }
  }

  private static Optional<String> fit(String name, Scenario scenario, SnapshotStore store) {
    if (!store.has(name)) {
      return Optional.of("it is not there yet");
    }
    try (SystemRestore from = new SystemRestore(store.open(name))) {
      return from.unlike(scenario);
    } catch (RefusedException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static void add(SnapshotAction.ImportSnapshot action, SnapshotStore store) {
    if (!action.replace() && store.has(action.name())) {
      throw new RefusedException(
          "there is a snapshot '%s' already; give another name, or --replace"
              .formatted(action.name()));
    }
    store.importFrom(action.file(), action.name());
  }

  private SnapshotReport save(String name, EventListener listener) {
    RunningSystem present = system.get();
    synchronized (system.saving()) {
      return Desk.waiting(
          () -> save(name, present, listener),
          () -> "the snapshot %s is not saved: it was interrupted".formatted(name));
    }
  }

  private SnapshotReport save(String name, RunningSystem present, EventListener listener)
      throws InterruptedException {
    List<Path> passing = List.of(stores.snapshotFolder(), stores.runFolder());
    try (LastSave.Kept last = present.lastSave().take();
        SnapshotDraft draft = stores.snapshots(listener).begin(name, last.snapshot())) {
      SnapshotReport report =
          new SystemSave(
                  present,
                  draft,
                  file -> passing.stream().anyMatch(file::startsWith),
                  clock,
                  new WorkEvents(listener))
              .after(last)
              .perform();
      present.tell(new Event.Saved(report.name(), report.pause()));
      return report;
    }
  }

  private Void suspend(String image) {
    RunningSystem present = system.get();
    synchronized (system.saving()) {
      present.lastSave().drop();
      return Desk.waiting(
          () -> {
            suspensions.get().suspend(image, present);
            return null;
          },
          () -> image + " is not suspended: it was interrupted");
    }
  }
}

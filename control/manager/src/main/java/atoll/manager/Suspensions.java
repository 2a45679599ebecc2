package atoll.manager;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostException;
import atoll.image.Progress;
import atoll.image.RefusedException;
import atoll.image.UserDisks;
import atoll.snapshot.Snapshot;
import atoll.snapshot.SnapshotDraft;
import atoll.snapshot.SnapshotInfo;
import atoll.snapshot.SnapshotStore;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * Systems on users' disks that were left as they were, to go on there (docs/snapshots.md). What is
 * in memory belongs to the disk as that is, so it is beside the disk, goes on once, and is of no
 * use any more when the disk has changed.
 */
final class Suspensions {
  /** The one snapshot in its folder. */
  private static final String NAME = "suspended";

  private final UserDisks disks;
  private final Clock clock;
  private final Effects effects;
  private final SecondStarts.Systems systems;

  /**
   * @param disks that images run on
   * @param clock the host's
   */
  Suspensions(UserDisks disks, Clock clock, Effects effects, SecondStarts.Systems systems) {
    this.disks = disks;
    this.clock = clock;
    this.effects = effects;
    this.systems = systems;
  }

  private SnapshotStore store(String image) {
    return new SnapshotStore(disks.folder(image).resolve(NAME), clock, Progress.SILENT);
  }

  private boolean has(String image) {
    return disks.present(image) && store(image).has(NAME);
  }

  /** Since when the system of an image is suspended, if it is; what a killed run has left goes. */
  Optional<Instant> since(String image) {
    if (!disks.present(image)) {
      return Optional.empty();
    }
    SnapshotStore store = store(image);
    store.tidy();
    return store.list().stream().map(SnapshotInfo::saved).findFirst();
  }

  /** Has it be suspended no longer: it boots from its disk, which is as after a power failure. */
  void drop(String image) {
    if (has(image)) {
      long ignored = store(image).remove(NAME);
    }
  }

  /**
   * Makes the system that goes on. It is suspended until it begins, and then no longer.
   *
   * @throws RefusedException if it cannot go on; it stays suspended
   */
  void resume(SystemAction.ResumeSystem action, EventListener listener) {
    SnapshotStore store = store(action.image());
    SnapshotProof proof = SnapshotProof.begin(store.open(NAME), effects.tasks());
    Snapshot snapshot = store.openApart(NAME); // the next one lies over it
    Optional<Bytes> screen = WarmStart.screen(snapshot).map(ScreenText::plain);
    try (SuspendedSystem from = new SuspendedSystem(snapshot, action.image())) {
      from.requireFit(action.scenario());
      RunningSystem made =
          systems.make(
              new SystemAction.CreateSystem(action.scenario(), action.terminal(), action.reports()),
              Optional.of(from),
              event -> SecondStarts.show(event, Event.Beginning.SUSPENDED, screen, listener));
      boolean sound = false;
      try {
        from.requireUnchanged();
        proof.requireNow(); // what is found later would have reached the disk
        sound = true;
      } finally {
        if (!sound) {
          systems.discard(made);
        }
      }
      screen.ifPresent(made.supervisors().getFirst().console()::recall);
      made.onBegin(() -> {
        long ignored = store.remove(NAME);
      });
    }
  }

  /**
   * Has a system be as it is, to go on later: its machines end where they are.
   *
   * @param image that it was run by
   * @throws RefusedException if it cannot be; it goes on, unless its machines have ended by then
   */
  void suspend(String image, RunningSystem system) throws InterruptedException {
    try (SnapshotDraft draft = store(image).begin(NAME);
        DisksInPlace places = new DisksInPlace(system.bays())) {
      draft.text(WarmStart.SCREEN, system.supervisors().getFirst().console().shown());
      SavedSystem saved =
          new SystemSave(system, draft, file -> false, clock, Progress.SILENT)
              .saveForGood(places.described());
      for (VmSupervisor vm : system.supervisors()) {
        vm.awaitRest();
      }
      SavedSystem whole = saved.withDisks(places.settle(saved.disks()));
      draft.text(SavedSystem.KEY, SavedSystem.FORMAT.encode(whole));
      draft.commit().close();
    } catch (IOException e) {
      throw new HostException("a disk cannot be closed: " + HostException.reason(e), e);
    }
  }
}

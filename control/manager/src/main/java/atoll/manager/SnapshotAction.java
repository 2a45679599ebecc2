package atoll.manager;

import atoll.scenario.Scenario;
import atoll.snapshot.SnapshotInfo;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What is done with the state of a system that is saved, or was.
 *
 * @param <R> what comes of it
 */
public sealed interface SnapshotAction<R> extends VmAction<R> {
  /**
   * Saves the system as it is, with its memory and its disks; it goes on all the same, after a
   * moment in which it stands still.
   *
   * @param name of the snapshot; one of that name is replaced
   */
  record SaveSnapshot(String name) implements SnapshotAction<SnapshotReport> {
    public SaveSnapshot {
      Objects.requireNonNull(name, "name");
    }
  }

  /** From what a system was made that has been saved, its VMs with their disks. */
  record ReadSnapshot(String name) implements SnapshotAction<Scenario> {
    public ReadSnapshot {
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * Looks whether a snapshot was made of a scenario that is still the same, with all files that it
   * is made from.
   *
   * @return why not, in a few words; empty if so
   */
  record FitSnapshot(String name, Scenario scenario) implements SnapshotAction<Optional<String>> {
    public FitSnapshot {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(scenario, "scenario");
    }
  }

  /**
   * The scenario of copies of a saved system, side by side: each of its VMs with the copy's number
   * behind its name.
   *
   * @param copies from 1 to {@link #MOST}
   */
  record ReadForks(String name, int copies) implements SnapshotAction<Scenario> {
    /** Most copies of a system. */
    public static final int MOST = Forks.MOST;

    public ReadForks {
      Objects.requireNonNull(name, "name");
      Forks ignored = new Forks(copies);
    }
  }

  /**
   * Has the system be as it is, to go on later with its disks as they are: its VMs end where they
   * stand, and the system has only to be closed. If that cannot be, they go on.
   *
   * @param image by whose name the system was run
   */
  record SuspendSystem(String image) implements SnapshotAction<Void> {
    public SuspendSystem {
      Objects.requireNonNull(image, "image");
    }
  }

  /** Since when the system that was run by an image's name is suspended; nothing if it is not. */
  record FindSuspended(String image) implements SnapshotAction<Optional<Instant>> {
    public FindSuspended {
      Objects.requireNonNull(image, "image");
    }
  }

  /** Forgets what was in the memory of such a system, if it is suspended; its disk stays. */
  record DropSuspended(String image) implements SnapshotAction<Void> {
    public DropSuspended {
      Objects.requireNonNull(image, "image");
    }
  }

  /** The snapshots that there are, by name. */
  record ListSnapshots() implements SnapshotAction<List<SnapshotInfo>> {}

  /** Removes a snapshot; how many bytes its files had. */
  record RemoveSnapshot(String name) implements SnapshotAction<Long> {
    public RemoveSnapshot {
      Objects.requireNonNull(name, "name");
    }
  }

  /** What is wrong with a snapshot, a sentence each; all of it is read. */
  record VerifySnapshot(String name) implements SnapshotAction<List<String>> {
    public VerifySnapshot {
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * Writes a snapshot as one file.
   *
   * @param file there whole or not at all; one of that name is replaced
   */
  record ExportSnapshot(String name, Path file) implements SnapshotAction<Void> {
    public ExportSnapshot {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(file, "file");
    }
  }

  /**
   * Makes a snapshot of a file that was exported.
   *
   * @param replace whether in the place of one that has the name; it is refused otherwise
   */
  record ImportSnapshot(Path file, String name, boolean replace) implements SnapshotAction<Void> {
    public ImportSnapshot {
      Objects.requireNonNull(file, "file");
      Objects.requireNonNull(name, "name");
    }
  }
}

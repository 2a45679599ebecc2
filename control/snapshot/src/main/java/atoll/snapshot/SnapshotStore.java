package atoll.snapshot;

import atoll.host.Clock;
import atoll.host.HostException;
import atoll.image.CacheLock;
import atoll.image.FolderHold;
import atoll.image.Nearest;
import atoll.image.Progress;
import atoll.image.RefusedException;
import atoll.image.Trees;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The snapshots of a user, each in a folder of its own, which has its name only when it is whole.
 * Several processes may use it at the same time. Thread-safe.
 */
public final class SnapshotStore {
  private static final String DRAFT = ".new-";
  private static final String REMOVED = ".old-";

  private final Path folder;
  private final Clock clock;
  private final Progress progress;

  /**
   * A store, which need not be there yet.
   *
   * @param folder with nothing else in it
   * @param clock by which a snapshot has its time
   * @param progress is told of long work
   */
  public SnapshotStore(Path folder, Clock clock, Progress progress) {
    this.folder = Objects.requireNonNull(folder, "folder");
    this.clock = Objects.requireNonNull(clock, "clock");
    this.progress = Objects.requireNonNull(progress, "progress");
  }

  /** Something that is done while no other process changes the store. */
  private interface Work<T> {
    T run() throws IOException;
  }

  private <T> T alone(Work<T> work) {
    try {
      Files.createDirectories(folder);
      try (CacheLock lock =
          CacheLock.acquire(folder, "waiting for another Atoll that changes snapshots", progress)) {
        assert lock.held();
        return work.run();
      }
    } catch (ClosedByInterruptException | FileLockInterruptionException e) {
      throw new RefusedException("interrupted before the snapshots could be used", e);
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private RefusedException unusable(IOException e) {
    return new RefusedException(
        "cannot use the folder of snapshots %s (%s); repair it, or choose another with XDG_DATA_HOME"
            .formatted(folder, HostException.reason(e)),
        e);
  }

  long now() {
    return clock.epochNanos();
  }

  // ------------------------------------------------------------ what there is

  private List<Path> entries() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /** The latest of each name. */
  private Map<String, SnapshotName> present() throws IOException {
    Map<String, SnapshotName> latest = new TreeMap<>();
    for (Path entry : entries()) {
      if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
        SnapshotName.of(entry)
            .ifPresent(found ->
                latest.merge(found.name(), found, (a, b) -> a.number() > b.number() ? a : b));
      }
    }
    return latest;
  }

  private Path place(SnapshotName name) {
    return folder.resolve(name.folder());
  }

  /** All snapshots, by name. */
  public List<SnapshotInfo> list() {
    try {
      List<SnapshotInfo> all = new ArrayList<>();
      for (SnapshotName each : present().values()) {
        describe(each).ifPresent(all::add);
      }
      return all;
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  /** Nothing if it is gone meanwhile. */
  private Optional<SnapshotInfo> describe(SnapshotName name) throws IOException {
    Path place = place(name);
    try {
      Instant used = Files.getLastModifiedTime(place).toInstant();
      try (Snapshot snapshot = Snapshot.open(name.name(), place)) {
        return Optional.of(info(snapshot, used));
      } catch (RefusedException | NoSuchFileException e) {
        return Files.exists(place)
            ? Optional.of(
                new SnapshotInfo(
                    name.name(),
                    used,
                    used,
                    0,
                    0,
                    List.of(),
                    List.of(),
                    Optional.of(trouble(e, place))))
            : Optional.empty();
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static String trouble(Exception e, Path place) {
    return e instanceof NoSuchFileException ? place + " has no manifest" : e.getMessage();
  }

  private static SnapshotInfo info(Snapshot snapshot, Instant used) {
    return new SnapshotInfo(
        snapshot.name(),
        snapshot.saved(),
        used,
        snapshot.memories().stream().mapToLong(SavedMemory::size).sum(),
        snapshot.all() + snapshot.encoded().length,
        snapshot.memories().stream().map(SavedMemory::name).toList(),
        List.copyOf(snapshot.disks().keySet()),
        Optional.empty());
  }

  /** Whether there is a snapshot of that name. */
  public boolean has(String name) {
    try {
      return present().containsKey(name);
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private SnapshotName find(String name) throws IOException {
    Map<String, SnapshotName> all = present();
    if (!all.containsKey(name)) {
      String known =
          all.isEmpty()
              ? "; there are none yet"
              : Nearest.to(name, all.keySet())
                  .map(near -> "; did you mean " + near + "?")
                  .orElse(": there are " + String.join(", ", all.keySet()));
      throw new RefusedException("there is no snapshot '%s'%s".formatted(name, known));
    }
    return all.get(name);
  }

  // ------------------------------------------------------------ use

  /**
   * Opens a snapshot, which counts as a use of it.
   *
   * @throws RefusedException if there is none, or it is not whole
   */
  public Snapshot open(String name) {
    return alone(() -> open(name, place(find(name))));
  }

  private Snapshot open(String name, Path place) throws IOException {
    try {
      Snapshot snapshot = Snapshot.open(name, place);
      touch(place);
      return snapshot;
    } catch (NoSuchFileException e) {
      throw new RefusedException(trouble(e, place), e);
    }
  }

  /**
   * The same, with names of its own for the files as long as it is open: so another snapshot can
   * have them too ({@link SnapshotDraft#memory}), also after this one was removed. Where files have
   * one name only, or there is no room for more, it has these.
   */
  public Snapshot openApart(String name) {
    return alone(() -> {
      removeLeft();
      Path place = place(find(name));
      Optional<Snapshot> apart = openLinked(name, place);
      return apart.isPresent() ? apart.get() : open(name, place);
    });
  }

  /** Nothing if it cannot be had so; what is left of that is removed as what killed ones leave. */
  private Optional<Snapshot> openLinked(String name, Path place) {
    try {
      Path own = Files.createTempDirectory(folder, DRAFT);
      FolderHold hold = FolderHold.take(own);
      try {
        linkAll(place, own);
        return Optional.of(Snapshot.open(name, own, hold));
      } catch (UnsupportedOperationException | IOException | RefusedException | HostException e) {
        try (hold) {
          Trees.delete(own);
        }
        return Optional.empty();
      }
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static void linkAll(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Path ignored = Files.createLink(to.resolve(file.getFileName()), file);
      }
    }
  }

  /** Removes what killed processes have left, which else goes with the next change of the store. */
  public void tidy() {
    if (Files.isDirectory(folder)) {
      Path ignored =
          alone(() -> {
            removeLeft();
            return folder;
          });
    }
  }

  /** For {@link SnapshotInfo#used} only. */
  private void touch(Path place) {
    try {
      Path ignored =
          Files.setLastModifiedTime(place, FileTime.from(Instant.EPOCH.plusNanos(now())));
    } catch (IOException e) {
      // Somebody else's, or a file system that is only read.
    }
  }

  /** Begins a snapshot, whose memory is zeroes until it is written. */
  public SnapshotDraft begin(String name) {
    return begin(name, Optional.empty());
  }

  /**
   * Begins a snapshot.
   *
   * @param parent whose memory is that of the new one until it is written; stays open until the
   *     draft is closed
   * @throws RefusedException if no snapshot can have that name
   */
  public SnapshotDraft begin(String name, Optional<Snapshot> parent) {
    String checked = SnapshotName.checked(name);
    return alone(() -> {
      removeLeft();
      Path work = Files.createTempDirectory(folder, DRAFT);
      return new SnapshotDraft(this, checked, parent, work, FolderHold.take(work));
    });
  }

  /** What processes have left that were killed, and snapshots in whose place others are. */
  private void removeLeft() throws IOException {
    Map<String, SnapshotName> present = present();
    for (Path entry : entries()) {
      String name = entry.getFileName().toString();
      boolean left =
          name.startsWith(REMOVED)
              || name.startsWith(DRAFT) && !FolderHold.held(entry)
              || SnapshotName.of(entry)
                  .filter(found -> found.number() < present.get(found.name()).number())
                  .isPresent();
      if (left) {
        Trees.delete(entry);
      }
    }
  }

  /** Gives a draft its name, in the place of what has it; returns where it is then. */
  Path publish(String name, Path draft, FolderHold hold) throws IOException {
    return alone(() -> {
      long after = Optional.ofNullable(present().get(name)).map(SnapshotName::number).orElse(0L);
      Path place = place(new SnapshotName(name, Math.max(now() / 1000, after + 1)));
      hold.close();
      Files.move(draft, place, StandardCopyOption.ATOMIC_MOVE);
      StableFolder.force(folder);
      removeLeft();
      return place;
    });
  }

  /** Removes a snapshot; returns how many bytes its files had. */
  public long remove(String name) {
    return alone(() -> {
      removeLeft();
      Path place = place(find(name));
      long bytes = bytes(place);
      // So that an interrupted removal leaves nothing that looks whole.
      Path hidden = folder.resolve(REMOVED + place.getFileName());
      Files.move(place, hidden, StandardCopyOption.ATOMIC_MOVE);
      StableFolder.force(folder); // it must not be there again after a power cut
      Trees.delete(hidden);
      return bytes;
    });
  }

  private static long bytes(Path place) {
    try (Snapshot snapshot = Snapshot.open("", place)) {
      return snapshot.all() + snapshot.encoded().length;
    } catch (IOException | RefusedException e) {
      return 0; // it is damaged, and is removed all the same
    }
  }

  /**
   * Looks at every byte of a snapshot.
   *
   * @return what is wrong with it, a sentence each
   */
  public List<String> verify(String name) {
    try (Snapshot snapshot = open(name)) {
      return snapshot.verify(progress);
    }
  }

  /**
   * Writes a snapshot as one file, in the place of what has that name, for other hosts and users.
   *
   * @throws RefusedException if it is damaged
   */
  public void export(String name, Path file) {
    try (Snapshot snapshot = open(name)) {
      ExportFile.write(snapshot, file, progress);
    }
  }

  /**
   * Makes a snapshot of a file that was exported, in the place of one of its name. All of it is
   * checked.
   *
   * @throws RefusedException if the file is none, or is not whole
   */
  public void importFrom(Path file, String name) {
    try (SnapshotDraft draft = begin(name)) {
      ImportFile.read(file, draft, progress);
    }
  }
}

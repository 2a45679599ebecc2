package atoll.manager;

import atoll.disk.DiskFormat;
import atoll.disk.MomentCopy;
import atoll.host.HostException;
import atoll.snapshot.Snapshot;
import atoll.snapshot.SnapshotDraft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The copy of a disk in a snapshot: a file, and maybe others that it lies over, each of which has
 * what had changed since the one below. The next snapshot has the same files under the same names,
 * and one more; so no snapshot needs another one, and what has not changed is there once.
 *
 * @param snapshot which has the files
 * @param disk with a copy
 */
record DiskLayers(Snapshot snapshot, SavedSystem.Disk disk) {
  /** Files over the lowest one at most: each is one more to be looked into at every read. */
  private static final int MOST = 8;

  /**
   * A copy in the making, over these.
   *
   * @param copy of all that has changed
   * @param under the files that it lies over, from the top one on
   * @param lowest the format of the last one of them
   * @param merged whether it has what files had that it does not lie over
   */
  record Next(MomentCopy copy, List<String> under, DiskFormat lowest, boolean merged) {}

  /**
   * Plans the next copy over this one.
   *
   * @param bay where the disk is
   * @param file the name of what is to be made
   * @param passing as {@link MomentCopy#over} has it
   * @return nothing if a copy of all is better, or the only one possible
   */
  Optional<Next> plan(DiskBay bay, String file, SnapshotDraft draft, Predicate<Path> passing) {
    List<String> files = disk.copies();
    if (bay.size() != disk.size() || !pays(files, bay.written().orElse(Long.MAX_VALUE))) {
      return Optional.empty();
    }
    boolean merge = files.size() > MOST;
    List<String> under = merge ? List.of(files.getLast()) : files;
    return draft.share(snapshot, under) ? made(bay, file, under, draft, passing) : Optional.empty();
  }

  /** Whether less has changed, since the lowest file was made, than there is in that. */
  private boolean pays(List<String> files, long written) {
    long lowest = snapshot.stored(files.getLast());
    long above = files.stream().limit(files.size() - 1L).mapToLong(snapshot::stored).sum();
    return written < lowest && above + written < lowest;
  }

  private Optional<Next> made(
      DiskBay bay, String file, List<String> under, SnapshotDraft draft, Predicate<Path> passing) {
    boolean merged = under.size() < disk.copies().size();
    MomentCopy copy = bay.planCopy(draft.file(file), earlier(draft::place, under), passing);
    if (merged && !take(copy)) {
      copy.close();
      draft.drop(file);
      return Optional.empty();
    }
    return Optional.of(new Next(copy, under, disk.format(under.getLast()), merged));
  }

  private MomentCopy.EarlierCopy earlier(Function<String, Path> places, List<String> files) {
    String top = files.getFirst();
    return new MomentCopy.EarlierCopy(places.apply(top), disk.format(top));
  }

  /** What the upper files have is copied too; returns false if they are not there any more. */
  private boolean take(MomentCopy copy) {
    try {
      copy.changeAll(earlier(snapshot::file, disk.copies()), disk.copies().size() - 1);
      return true;
    } catch (IOException | HostException e) {
      return false;
    }
  }

  /**
   * Has the files be in a folder, where they stay when the snapshot is removed.
   *
   * @return the top one
   */
  Path at(Path folder) {
    Path top = snapshot.file(disk.copies().getFirst());
    try {
      for (String file : disk.copies().reversed()) {
        Path from = snapshot.file(file);
        Path to = folder.resolve(from.getFileName());
        if (!Files.exists(to)) {
          Path ignored = Files.createLink(to, from);
        }
      }
      return folder.resolve(top.getFileName());
    } catch (UnsupportedOperationException | IOException e) {
      return top; // as long as it is there
    }
  }
}

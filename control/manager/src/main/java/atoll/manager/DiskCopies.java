package atoll.manager;

import atoll.disk.CopyProgress;
import atoll.disk.ImageFiles;
import atoll.disk.MomentCopy;
import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.snapshot.SnapshotDraft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The disks of a system in a snapshot: what each that can be written has at the snapshot's moment
 * is copied, and of files that are only read it is noted how they look. Used once.
 */
final class DiskCopies implements AutoCloseable {
  private final List<Entry> entries = new ArrayList<>();

  /** A disk, and its copy unless it is only read. */
  private record Entry(DiskBay bay, SavedSystem.Disk disk, Optional<MomentCopy> copy) {}

  /**
   * Makes ready to copy; none of the disks gets another image until this is closed.
   *
   * @param passing which files may be gone when the snapshot is used
   */
  DiskCopies(List<DiskBay> bays, SnapshotDraft draft, Predicate<Path> passing) {
    boolean whole = false;
    try {
      bays.forEach(bay -> add(bay, draft, passing));
      whole = true;
    } finally {
      if (!whole) {
        close();
      }
    }
  }

  private void add(DiskBay bay, SnapshotDraft draft, Predicate<Path> passing) {
    if (!bay.beginChange()) {
      throw new RefusedException(
          "the image of %s is being changed; try again when that is over".formatted(bay.name()));
    }
    Optional<MomentCopy> copy = Optional.empty();
    String file = bay.name().replace('/', '.');
    if (!bay.readOnly()) {
      copy = Optional.of(bay.planCopy(draft.file(file), passing));
    }
    entries.add(new Entry(bay, describe(bay, file, copy), copy));
  }

  /**
   * What is to be known of a disk, with the files that are only read.
   *
   * @param file of its copy
   * @param copy of what can be written; without one its own file counts as read, too
   */
  static SavedSystem.Disk describe(DiskBay bay, String file, Optional<MomentCopy> copy) {
    DiskBay.Medium medium = bay.medium();
    List<ImageFiles.Layer> images = ImageFiles.of(medium.image(), medium.format()).images();
    List<SavedSystem.ReadFile> behind =
        images.stream()
            .skip(copy.map(MomentCopy::depth).orElse(0))
            .flatMap(layer -> Stream.concat(layer.image().file().stream(), layer.data().stream()))
            .map(DiskCopies::look)
            .toList();
    return new SavedSystem.Disk(
        bay.name(),
        medium.image(),
        medium.format(),
        bay.readOnly(),
        bay.size(),
        copy.map(made -> file),
        copy.map(MomentCopy::format),
        behind);
  }

  /** How a file looks now. */
  static SavedSystem.ReadFile look(Path file) {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return new SavedSystem.ReadFile(
          file, found.size(), found.lastModifiedTime().to(TimeUnit.NANOSECONDS));
    } catch (IOException e) {
      throw new RefusedException(
          "%s cannot be read: %s".formatted(file, HostException.reason(e)), e);
    }
  }

  /** This is the moment; no machine runs. Returns what is to be known of them. */
  List<SavedSystem.Disk> begun() {
    entries.forEach(entry -> entry.copy.ifPresent(entry.bay::beginCopy));
    return entries.stream().map(Entry::disk).toList();
  }

  /** Copies all while machines run. */
  void finish(CopyProgress progress) {
    entries.forEach(entry -> entry.copy.ifPresent(copy -> copy.finish(progress)));
  }

  @Override
  public void close() {
    for (Entry entry : entries) {
      entry.bay.endCopy();
      entry.copy.ifPresent(MomentCopy::close);
      entry.bay.endChange();
    }
  }
}

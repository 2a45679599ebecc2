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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The disks of a system in a snapshot: what each that can be written has at the snapshot's moment
 * is copied, or what has changed since the last snapshot, and of files that are only read it is
 * noted how they look. Used once.
 */
final class DiskCopies implements AutoCloseable {
  private final List<Entry> entries = new ArrayList<>();

  private final SnapshotDraft draft;
  private final Predicate<Path> passing;
  private final Optional<SystemRestore> last;

  /** Those that have what the last snapshot has, so that no copy is needed. */
  private final Set<Entry> unchanged = new HashSet<>();

  /**
   * A disk, and its copy unless it is only read.
   *
   * @param file of the copy
   * @param next if the copy lies over that of the last snapshot
   */
  private record Entry(
      DiskBay bay,
      SavedSystem.Disk disk,
      String file,
      Optional<MomentCopy> copy,
      Optional<DiskLayers.Next> next) {}

  /**
   * Makes ready to copy; none of the disks gets another image until this is closed.
   *
   * @param passing which files may be gone when the snapshot is used
   * @param last since which it is known what was written to the disks
   */
  DiskCopies(
      List<DiskBay> bays,
      SnapshotDraft draft,
      Predicate<Path> passing,
      Optional<SystemRestore> last) {
    this.draft = draft;
    this.passing = passing;
    this.last = last;
    boolean whole = false;
    try {
      bays.forEach(this::add);
      whole = true;
    } finally {
      if (!whole) {
        close();
      }
    }
  }

  private void add(DiskBay bay) {
    if (!bay.beginChange()) {
      throw new RefusedException(
          "the image of %s is being changed; try again when that is over".formatted(bay.name()));
    }
    boolean planned = false;
    try {
      entries.add(bay.readOnly() ? read(bay) : written(bay));
      planned = true;
    } finally {
      if (!planned) {
        bay.endChange();
      }
    }
  }

  private static Entry read(DiskBay bay) {
    SavedSystem.Disk disk = describe(bay, bay.name(), Optional.empty());
    return new Entry(bay, disk, bay.name(), Optional.empty(), Optional.empty());
  }

  private Entry written(DiskBay bay) {
    String file = free(bay.name().replace('/', '.'));
    Optional<DiskLayers.Next> next =
        last.flatMap(then -> then.layers(bay.name()))
            .flatMap(layers -> layers.plan(bay, file, draft, passing));
    MomentCopy copy =
        next.map(DiskLayers.Next::copy).orElseGet(() -> bay.planCopy(draft.file(file), passing));
    return new Entry(bay, describe(bay, file, Optional.of(copy)), file, Optional.of(copy), next);
  }

  /** A name that neither this snapshot nor the last one has for a file. */
  private String free(String name) {
    String file = name;
    for (int n = 1; taken(file); n++) {
      file = name + "." + n;
    }
    return file;
  }

  private boolean taken(String file) {
    return draft.has(file) || last.filter(then -> then.has(file)).isPresent();
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
        List.of(),
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
    return entries.stream().map(this::begun).toList();
  }

  private SavedSystem.Disk begun(Entry entry) {
    entry.copy.ifPresent(copy -> entry.bay.beginCopy(copy, entry.next.isPresent()));
    if (entry.next.isEmpty()) {
      return entry.disk;
    }
    DiskLayers.Next next = entry.next.get();
    List<String> files = new ArrayList<>(next.under());
    if (next.copy().empty() && !next.merged()) {
      unchanged.add(entry);
    } else {
      files.addFirst(entry.file);
    }
    return entry.disk.copied(files, next.lowest());
  }

  /** Copies all while machines run. */
  void finish(CopyProgress progress) {
    for (Entry entry : entries) {
      entry.copy.ifPresent(copy -> copy.finish(progress));
      if (unchanged.contains(entry)) {
        entry.bay.endCopy();
        entry.copy.ifPresent(MomentCopy::close);
        draft.drop(entry.file);
      }
    }
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

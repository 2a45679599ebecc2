package atoll.manager;

import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.host.HostMemory;
import atoll.snapshot.SavedMemory;
import atoll.snapshot.Snapshot;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * Memory and disks as a snapshot has them: memory is mapped copy-on-write, and each disk that can
 * be written is under a new image that gets what is written from now on.
 *
 * @param snapshot which stays open as long as this is used
 */
record SnapshotSource(Snapshot snapshot) implements SystemRestore.Source {
  @Override
  public String what() {
    return "the snapshot " + snapshot.name();
  }

  @Override
  public HostMemory memory(SavedSystem.Region region) {
    SavedMemory memory =
        snapshot
            .memory(region.name())
            .orElseThrow(() ->
                SystemRestore.refused(this, "it has no memory " + region.name()));
    if (memory.size() != region.bytes()) {
      throw SystemRestore.refused(
          this,
          "the memory %s has %d bytes, expected %d"
              .formatted(region.name(), memory.size(), region.bytes()));
    }
    HostMemory made = HostMemory.allocate(memory.size());
    boolean whole = false;
    try {
      memory.beginIn(made, 0);
      whole = true;
      return made;
    } finally {
      if (!whole) {
        made.close();
      }
    }
  }

  /** As it was at the snapshot's moment, if it can be written; otherwise it must look the same. */
  @Override
  public SystemRestore.Image disk(SavedSystem.Disk disk, Supplier<Path> folder) {
    disk.behind().forEach(this::requireUnchanged);
    if (disk.copy().isEmpty()) {
      return new SystemRestore.Image(disk.image(), disk.format());
    }
    Path copy = snapshot.file(disk.copy().get());
    Path over = folder.get().resolve(disk.name().replace('/', '.') + ".qcow2");
    DiskFormat format = disk.copyFormat().orElse(DiskFormat.RAW);
    long ignored =
        ImageTool.create(
            over,
            OptionalLong.of(disk.size()),
            ImageOptions.usual(DiskFormat.QCOW2).over(copy.toString(), format));
    return new SystemRestore.Image(DiskLocation.of(over), Optional.of(DiskFormat.QCOW2));
  }

  private void requireUnchanged(SavedSystem.ReadFile then) {
    SavedSystem.ReadFile now = DiskCopies.look(then.file());
    if (!now.equals(then)) {
      throw SystemRestore.refused(
          this,
          "%s has changed since then, and what is in memory of it would be wrong"
              .formatted(then.file()));
    }
  }

  @Override
  public void close() {
    snapshot.close();
  }
}

package atoll.manager;

import atoll.disk.DiskImages;
import atoll.host.HostException;
import atoll.image.RefusedException;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The disks of a system that is suspended: they stay where they are, and how their files look is
 * noted. Used once.
 */
final class DisksInPlace implements AutoCloseable {
  private final List<DiskBay> changing = new ArrayList<>();
  private final List<Closeable> held = new ArrayList<>();

  /**
   * None of the disks gets another image until this is closed.
   *
   * @throws RefusedException if one of them is not in a file: what others do to it nobody here
   *     would see
   */
  DisksInPlace(List<DiskBay> bays) {
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
    if (bay.image().file().isEmpty()) {
      throw new RefusedException(
          "%s is at a server, where others could change it unseen".formatted(bay.image()));
    }
    if (!bay.beginChange()) {
      throw new RefusedException(
          "the image of %s is being changed; try again when that is over".formatted(bay.name()));
    }
    changing.add(bay);
  }

  /** What is to be known of them; how their files look is not final as long as they are open. */
  List<SavedSystem.Disk> described() {
    return changing.stream()
        .map(bay -> DiskCopies.describe(bay, bay.name(), Optional.empty()))
        .toList();
  }

  /**
   * Closes them, since no machine uses them any more, and keeps others from them until this is
   * closed.
   *
   * @param disks as {@link #described} has them
   * @return the same as their files look now
   */
  List<SavedSystem.Disk> settle(List<SavedSystem.Disk> disks) throws IOException {
    for (DiskBay bay : changing) {
      boolean readOnly = bay.readOnly();
      bay.close();
      if (!readOnly) {
        held.add(DiskImages.hold(bay.image().file().orElseThrow()));
      }
    }
    return disks.stream().map(SavedSystem.Disk::lookedAtNow).toList();
  }

  @Override
  public void close() {
    for (Closeable each : held) {
      try {
        each.close();
      } catch (IOException e) {
        throw new HostException("a disk's lock cannot be given back", e);
      }
    }
    changing.forEach(DiskBay::endChange);
  }
}

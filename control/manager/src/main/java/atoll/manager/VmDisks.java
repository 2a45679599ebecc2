package atoll.manager;

import atoll.host.HostException;
import atoll.image.ByteSize;
import atoll.image.RefusedException;
import java.io.IOException;
import java.util.List;

/** The disks of a VM through all its lives, by number. */
final class VmDisks {
  private static final int SECTOR = 512;

  private final String vm;
  private final List<DiskBay> bays;

  /**
   * @param vm its name
   */
  VmDisks(String vm, List<DiskBay> bays) {
    this.vm = vm;
    this.bays = List.copyOf(bays);
  }

  List<DiskReport> reports() {
    return bays.stream().map(DiskBay::report).toList();
  }

  /** How a disk is called towards people. */
  String name(int number) {
    return "disk %d of %s, %s".formatted(number, vm, bays.get(number).image());
  }

  /**
   * Begins to change what is behind a disk.
   *
   * @throws RefusedException if there is no such disk, or it is being changed
   */
  DiskBay beginChange(int number) {
    DiskBay bay = bay(number);
    if (!bay.beginChange()) {
      throw new RefusedException(
          "the image of disk %d of %s is being changed; try again when that is over"
              .formatted(number, vm));
    }
    return bay;
  }

  /** Gives a disk more bytes. */
  void grow(int number, long bytes) {
    DiskBay disk = growable(number, bytes);
    try {
      disk.resize(bytes);
    } catch (IOException e) {
      throw new RefusedException(
          "%s, cannot be made larger (%s)".formatted(name(number), HostException.reason(e)), e);
    }
  }

  private DiskBay growable(int number, long bytes) {
    DiskBay disk = bay(number);
    if (disk.readOnly()) {
      throw new RefusedException("%s, is read-only, and keeps its size".formatted(name(number)));
    }
    if (bytes < disk.size() || bytes % SECTOR != 0) {
      throw new RefusedException(
          "disk %d of %s has %s and can only become larger while the system exists, by whole sectors of %d bytes; %s is not possible"
              .formatted(number, vm, ByteSize.format(disk.size()), SECTOR, ByteSize.format(bytes)));
    }
    return disk;
  }

  private DiskBay bay(int number) {
    if (number < 0 || number >= bays.size()) {
      throw new RefusedException(
          switch (bays.size()) {
            case 0 -> "%s has no disk".formatted(vm);
            case 1 -> "%s has no disk %d; its only disk is 0".formatted(vm, number);
            default ->
                "%s has no disk %d; its disks are 0 to %d".formatted(vm, number, bays.size() - 1);
          });
    }
    return bays.get(number);
  }
}

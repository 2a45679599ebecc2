package atoll.vmm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Which virtio devices a machine has, each in a slot of the board. The board is built by this list,
 * the device tree and plans are made by it, and the limit of disks comes from it.
 *
 * @param disks how many block devices
 * @param console whether there is a virtio console
 * @param balloon whether there is a device by which the guest gives memory back
 */
public record VirtioSlots(int disks, boolean console, boolean balloon) {
  /** What is in a slot. */
  public enum Kind {
    DISK,
    ENTROPY,
    CONSOLE,
    BALLOON
  }

  /** In the order of the slots, from the first. */
  public List<Kind> devices() {
    List<Kind> devices = new ArrayList<>(Collections.nCopies(disks, Kind.DISK));
    devices.add(Kind.ENTROPY);
    if (console) {
      devices.add(Kind.CONSOLE);
    }
    if (balloon) {
      devices.add(Kind.BALLOON);
    }
    return devices;
  }

  /** How many disks there is room for beside the other devices. */
  public int mostDisks() {
    return BoardMap.VIRTIO_SLOTS - new VirtioSlots(0, console, balloon).devices().size();
  }
}

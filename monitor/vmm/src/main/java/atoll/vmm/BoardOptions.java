package atoll.vmm;

import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * How a board is to be, beside the devices that lead to the host.
 *
 * @param pci whether all virtio devices are on PCI Express
 * @param pciDisks numbers of the disks that are there in any case
 * @param aia which interrupt controllers it has
 * @param flash whether it has banks of flash
 * @param fwCfg whether it tells firmware about itself, as QEMU does
 * @param panel what is at its front
 * @param serials names of its serial ports beside the first one
 * @param sensors names of the temperature sensors on its I2C bus
 */
public record BoardOptions(
    boolean pci,
    Set<Integer> pciDisks,
    Aia aia,
    boolean flash,
    boolean fwCfg,
    FrontPanel panel,
    List<String> serials,
    List<String> sensors) {
  /** Virtio devices are in the slots of the MMIO transport, if they have room there. */
  public static final BoardOptions USUAL = new BoardOptions(false, Set.of(), Aia.NONE);

  public BoardOptions {
    pciDisks = Set.copyOf(pciDisks);
    Objects.requireNonNull(aia, "aia");
    Objects.requireNonNull(panel, "panel");
    serials = List.copyOf(serials);
    sensors = List.copyOf(sensors);
  }

  /** A board with one serial port and no sensors. */
  public BoardOptions(
      boolean pci, Set<Integer> pciDisks, Aia aia, boolean flash, boolean fwCfg, FrontPanel panel) {
    this(pci, pciDisks, aia, flash, fwCfg, panel, List.of(), List.of());
  }

  /** A board without flash. */
  public BoardOptions(boolean pci, Set<Integer> pciDisks, Aia aia) {
    this(pci, pciDisks, aia, false, false, FrontPanel.NONE);
  }

  /** A board with a PLIC. */
  public BoardOptions(boolean pci, Set<Integer> pciDisks) {
    this(pci, pciDisks, Aia.NONE);
  }

  /** The same with or without what firmware in flash wants. */
  public BoardOptions with(boolean banks, boolean told) {
    return new BoardOptions(pci, pciDisks, aia, banks, told, panel, serials, sensors);
  }

  /** The same with buttons and LEDs. */
  public BoardOptions with(FrontPanel other) {
    return new BoardOptions(pci, pciDisks, aia, flash, fwCfg, other, serials, sensors);
  }

  /** The same with more serial ports, and with sensors. */
  public BoardOptions with(List<String> ports, List<String> thermometers) {
    return new BoardOptions(pci, pciDisks, aia, flash, fwCfg, panel, ports, thermometers);
  }

  void requireDisks(int disks) {
    for (int disk : pciDisks) {
      if (disk < 0 || disk >= disks) {
        throw new VmException(
            "disk %d is to be on PCI Express, but the board has %d disks; number them from 0"
                .formatted(disk, disks));
      }
    }
  }
}

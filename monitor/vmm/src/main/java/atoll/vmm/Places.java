package atoll.vmm;

import atoll.device.Channel;
import atoll.device.OpenCoresI2c;
import atoll.device.Uart16550;
import atoll.pci.PciFunction;
import atoll.pci.PciHost;
import atoll.virtio.VirtioMmio;
import atoll.vmm.BoardPlan.Kind;
import atoll.vmm.BoardPlan.Region;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Gives out a board's addresses and interrupts, each once: known places, as those of the {@code
 * virt} machine that RISC-V operating systems are built for, and the next one of a row. Addresses
 * are guest-physical.
 */
final class Places {
  /** The first channel's shared memory; the others follow it. */
  private static final long WINDOWS = 0x0600_0000L;

  /** Where the last window ends at the latest. */
  private static final long WINDOWS_END = 0x0c00_0000L;

  /** Configuration space of PCI Express, by device. */
  private static final long ECAM = 0x3000_0000L;

  private final List<Region> taken = new ArrayList<>();
  private final BitSet interrupts = new BitSet();
  private long nextWindow = WINDOWS;

  /** Equal places, with addresses and interrupts that follow each other. */
  enum Row {
    VIRTIO(0x1000_1000L, VirtioMmio.SIZE, 8, 1),
    CHANNEL(0x0400_0000L, Channel.SIZE, 16, 64),
    I2C(0x0402_0000L, OpenCoresI2c.SIZE, 8, 48),

    /** As many as Debian's kernel has room for beside the first one (CONFIG_SERIAL_8250). */
    SERIAL(0x1000_a000L, Uart16550.SIZE, 3, 16);

    final long base;
    final long stride;

    /** How many there are. */
    final int count;

    final int interrupt;

    Row(long base, long stride, int count, int interrupt) {
      this.base = base;
      this.stride = stride;
      this.count = count;
      this.interrupt = interrupt;
    }
  }

  /** Bytes that the windows of a board can have together. */
  static long windowBytes() {
    return WINDOWS_END - WINDOWS;
  }

  /** Registers without an interrupt. */
  Region at(String name, long gpa, long size) {
    return take(new Region(name, Kind.DEVICE, gpa, size, 0, true), 0);
  }

  /** Registers with an interrupt of their own. */
  Region at(String name, long gpa, long size, int interrupt) {
    return at(name, gpa, size, interrupt, 1);
  }

  /** The same with {@code count} interrupts from {@code interrupt} on. */
  Region at(String name, long gpa, long size, int interrupt, int count) {
    return take(new Region(name, Kind.DEVICE, gpa, size, interrupt, true), count);
  }

  /** Configuration space of a device on PCI Express. */
  Region pci(int device, String name) {
    return at(name, ECAM + device * PciFunction.SIZE, PciFunction.SIZE);
  }

  /** That of the host bridge, with the interrupts of the bus. */
  Region pciBridge(String name, int interrupt) {
    return at(name, ECAM, PciFunction.SIZE, interrupt, PciHost.PINS);
  }

  /** Configuration space from that of device {@code device} on. */
  Region pciRest(int device, String name) {
    long used = device * PciFunction.SIZE;
    return at(name, ECAM + used, PciHostFitting.ECAM_SIZE - used);
  }

  Region ram(long gpa, long size) {
    return take(new Region("RAM", Kind.RAM, gpa, size, 0, true), 0);
  }

  Region rom(String name, long gpa, long size) {
    return take(new Region(name, Kind.ROM, gpa, size, 0, false), 0);
  }

  /** Place {@code n} of a row, from 0. */
  Region in(Row row, int n, String name) {
    return at(name, row.base + n * row.stride, row.stride, row.interrupt + n);
  }

  /**
   * All places of a row from number {@code n} on, as one without an interrupt; empty if none is.
   */
  Optional<Region> rest(Row row, int n, String name) {
    return n < row.count
        ? Optional.of(at(name, row.base + n * row.stride, (row.count - n) * row.stride))
        : Optional.empty();
  }

  /** What has one of these addresses already. */
  Optional<Region> taker(long gpa, long size) {
    return taken.stream()
        .filter(other -> gpa < other.end() && other.gpa() < gpa + size)
        .findFirst();
  }

  /** Whether nothing has one of these interrupts. */
  boolean free(int interrupt, int count) {
    return interrupts.get(interrupt, interrupt + count).isEmpty();
  }

  /** How much is left for windows. */
  long windowRoom() {
    return WINDOWS_END - nextWindow;
  }

  /** Shared memory behind the last window; there must be room. */
  Region window(String name, long size, boolean writable) {
    Region window = new Region(name, Kind.WINDOW, nextWindow, size, 0, writable);
    nextWindow += size;
    return take(window, 0);
  }

  private Region take(Region region, int count) {
    taker(region.gpa(), region.size())
        .ifPresent(other -> {
          throw new IllegalStateException("%s and %s overlap".formatted(region, other));
        });
    if (!free(region.interrupt(), count)) {
      throw new IllegalStateException("an interrupt of %s is taken".formatted(region));
    }
    interrupts.set(region.interrupt(), region.interrupt() + count);
    taken.add(region);
    return region;
  }
}

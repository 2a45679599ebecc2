package atoll.vmm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The places of devices and memory on a VM's board, without making the VM. Addresses are
 * guest-physical.
 */
public final class BoardLayout {
  /** Most harts of a machine. */
  public static final int MAX_HARTS = BoardMap.MAX_HARTS;

  /** Most channels of a machine. */
  public static final int MAX_CHANNELS = BoardMap.MAX_CHANNELS;

  /** Most bytes that the channels of a machine can have together. */
  public static final long CHANNEL_MEMORY = BoardMap.WINDOWS_END - BoardMap.WINDOWS_BASE;

  /** Most bytes of RAM of a machine. */
  public static final long MAX_MEMORY = 1L << 40;

  private final List<Region> regions = new ArrayList<>();

  /** What a region is. */
  public enum Kind {
    RAM,
    /** Registers. */
    DEVICE,
    /** Memory shared with another machine; no code can be executed there. */
    WINDOW
  }

  /**
   * A range of addresses.
   *
   * @param size bytes
   * @param interrupt source of the PLIC, or 0 without
   * @param writable whether the guest may store there
   */
  public record Region(
      String name, Kind kind, long gpa, long size, int interrupt, boolean writable) {}

  /**
   * A channel's end.
   *
   * @param size bytes of shared memory
   */
  public record Port(String name, long size, boolean writable) {}

  private BoardLayout() {}

  /**
   * All regions by address.
   *
   * @param memory bytes of RAM
   * @param machineMode whether the harts are entered in machine mode
   * @param virtio devices, the first in slot 0
   * @param ports in the order of {@link VmConfig#channels}
   */
  public static List<Region> of(
      long memory, boolean machineMode, List<String> virtio, List<Port> ports) {
    BoardLayout layout = new BoardLayout();
    layout.fixed(machineMode);
    for (int slot = 0; slot < virtio.size(); slot++) {
      layout.device(
          virtio.get(slot),
          BoardMap.virtioBase(slot),
          BoardMap.VIRTIO.size,
          BoardMap.virtioInterrupt(slot));
    }
    layout.channels(ports);
    layout.add(new Region("RAM", Kind.RAM, BoardMap.RAM_BASE, memory, 0, true));
    layout.regions.sort(Comparator.comparingLong(Region::gpa));
    return List.copyOf(layout.regions);
  }

  private void fixed(boolean machineMode) {
    device("finisher", BoardMap.FINISHER);
    device("rtc", BoardMap.RTC);
    device("watchdog", BoardMap.WATCHDOG);
    if (machineMode) {
      device("aclint", BoardMap.ACLINT);
    }
    device("sswi", BoardMap.SSWI);
    device("plic", BoardMap.PLIC);
    device("uart0", BoardMap.UART);
  }

  private void channels(List<Port> ports) {
    if (!ports.isEmpty()) {
      device("gpio", BoardMap.GPIO);
    }
    long window = BoardMap.WINDOWS_BASE;
    for (int n = 0; n < ports.size(); n++) {
      Port port = ports.get(n);
      device(
          "channel " + port.name(),
          BoardMap.channelBase(n),
          BoardMap.CHANNEL.size,
          BoardMap.channelInterrupt(n));
      add(
          new Region(
              "memory of " + port.name(), Kind.WINDOW, window, port.size(), 0, port.writable()));
      window += port.size();
    }
  }

  private void device(String name, BoardMap place) {
    device(name, place.base, place.size, place.interrupt);
  }

  private void device(String name, long base, long size, int interrupt) {
    add(new Region(name, Kind.DEVICE, base, size, interrupt, true));
  }

  private void add(Region region) {
    regions.add(region);
  }
}

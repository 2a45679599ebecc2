package atoll.vmm;

import atoll.engine.Paging;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What is to be on a board: all that its plan depends on, and nothing of the host.
 *
 * @param harts how many
 * @param paging the widest scheme of page tables that they offer
 * @param machineMode whether they are entered in machine mode
 * @param memory bytes of RAM
 * @param disks names of the block devices, for the plan's reader
 * @param shares names of the shared folders, for the plan's reader
 * @param console whether there is a virtio console
 * @param balloon whether there is a device by which the guest gives memory back
 * @param display whether there is a display, with a keyboard and a pointer
 * @param nics names of the network interfaces, for the plan's reader
 * @param vsock whether there is a device for streams
 * @param devices of the user's own
 * @param channels its ends of channels
 * @param options how it is to be
 */
public record BoardDescription(
    int harts,
    Paging paging,
    boolean machineMode,
    long memory,
    List<String> disks,
    List<String> shares,
    boolean console,
    boolean balloon,
    boolean display,
    List<String> nics,
    boolean vsock,
    List<OwnDevice> devices,
    List<Port> channels,
    BoardOptions options) {
  /**
   * A channel's end.
   *
   * @param size bytes of shared memory
   * @param end what the guest sees of it
   */
  public record Port(String name, long size, ChannelPort.End end) {
    public Port {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(end, "end");
      if (size <= 0) {
        throw new VmException(
            "a channel has memory, not %d bytes; give 4K or more".formatted(size));
      }
      if (end.device() instanceof ChannelDevice.Ivshmem && Long.bitCount(size) != 1) {
        throw new VmException(
            "ivshmem has a power of two of bytes, not %d; give 4K, 8K, 16K or the like"
                .formatted(size));
      }
    }

    /** An end of Atoll's own device. */
    public Port(String name, long size, boolean writable) {
      this(name, size, ChannelPort.End.endpoint(writable));
    }

    /** Whether it may store into the memory. */
    public boolean writable() {
      return end.writable();
    }
  }

  public BoardDescription {
    Objects.requireNonNull(paging, "paging");
    if (harts <= 0 || memory <= 0) {
      throw new VmException(
          "a board has a CPU and memory, not %d CPUs and %d bytes; give it some of both"
              .formatted(harts, memory));
    }
    disks = List.copyOf(disks);
    shares = List.copyOf(shares);
    nics = List.copyOf(nics);
    devices = List.copyOf(devices);
    requireDistinct(devices);
    channels = List.copyOf(channels);
    options.requireDisks(disks.size());
  }

  private static void requireDistinct(List<OwnDevice> devices) {
    Set<String> names = new HashSet<>();
    for (OwnDevice device : devices) {
      if (!names.add(device.name())) {
        throw new VmException(
            "there are two devices '%s'; give each a name of its own".formatted(device.name()));
      }
    }
  }
}

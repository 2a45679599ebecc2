package atoll.scenario;

import atoll.image.RefusedException;
import atoll.vmm.ChannelDevice;
import atoll.vmm.ChannelDevice.I2c;
import atoll.vmm.ChannelDevice.Ivshmem;
import atoll.vmm.ChannelPort.End;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Memory that virtual machines share, with a doorbell to each.
 *
 * @param name by which guests find it
 * @param size bytes, a multiple of 4096; with ivshmem, a power of two
 * @param endpoints of different machines: two, or up to {@link ChannelDevice#MOST_PEERS} with
 *     ivshmem, numbered in this order
 */
public record ChannelDescription(String name, long size, List<Endpoint> endpoints) {
  /** What a name looks like; it must fit the device's name register. */
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");

  /**
   * One end.
   *
   * @param vm whose
   * @param writable whether it may write to the memory
   * @param device what its guest sees
   */
  public record Endpoint(String vm, boolean writable, ChannelDevice device) {
    public Endpoint {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(device, "device");
    }

    /** One of Atoll's own device. */
    public Endpoint(String vm, boolean writable) {
      this(vm, writable, ChannelDevice.ENDPOINT);
    }

    /** The same for the VM's monitor. */
    public End end() {
      return new End(writable, device);
    }

    /** Whether it may ring others, and be rung. */
    boolean rings() {
      return !(device instanceof Ivshmem shared) || shared.doorbell();
    }
  }

  public ChannelDescription {
    endpoints = List.copyOf(endpoints);
    if (!NAME.matcher(name).matches()) {
      throw new RefusedException(
          "'%s' is not a channel name; give up to 63 lower-case letters, digits and hyphens, a letter first"
              .formatted(name));
    }
    PlatformDescription.requirePages(size);
    boolean many = endpoints.stream().allMatch(end -> end.device() instanceof Ivshmem);
    long vms = endpoints.stream().map(Endpoint::vm).distinct().count();
    int most = many ? ChannelDevice.MOST_PEERS : 2;
    if (vms != endpoints.size() || vms < 2 || vms > most) {
      throw new RefusedException(
          "channel %s is between %s; name %s different VMs"
              .formatted(
                  name,
                  endpoints.stream().map(Endpoint::vm).collect(Collectors.joining(" and ")),
                  many ? "2 to " + most : "two"));
    }
    if (many && Long.bitCount(size) != 1) {
      throw new RefusedException(
          "channel %s has %d bytes; ivshmem wants a power of two, such as 4K or 1M"
              .formatted(name, size));
    }
    if (!many
        && endpoints.stream().allMatch(end -> !(end.device() instanceof ChannelDevice.Endpoint))) {
      throw new RefusedException(
          "at channel %s nobody serves the bus; give one end read-write".formatted(name));
    }
  }

  /** The end that a machine has, if it has one. */
  public Optional<Endpoint> endpoint(String vm) {
    return endpoints.stream().filter(end -> end.vm().equals(vm)).findFirst();
  }

  /** The ends that are not this machine's. */
  public List<Endpoint> peers(String vm) {
    return endpoints.stream().filter(end -> !end.vm().equals(vm)).toList();
  }

  /** Whether an end is the controller of a bus, which shows its guest nothing of the memory. */
  boolean bus() {
    return endpoints.stream().anyMatch(end -> end.device() instanceof I2c);
  }
}

package atoll.scenario;

import atoll.image.RefusedException;
import atoll.virtio.Service;
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

  /** What a device is served over. */
  static ChannelDescription ofService(String name, Service service, String server, String client) {
    return new ChannelDescription(
        name,
        Service.MEMORY,
        List.of(
            new Endpoint(server, true),
            new Endpoint(client, true, new ChannelDevice.Served(service))));
  }

  /**
   * What all of the server's first device of a kind is served over.
   *
   * @param kind the name of one of {@link Service.Kind}
   */
  public static ChannelDescription ofFirst(String kind, String name, String server, String client) {
    Service first = new Service(Service.Kind.valueOf(kind), false, 0, 0, 0);
    return ofService(name, first, server, client);
  }

  /** The end that a machine has, if it has one. */
  public Optional<Endpoint> endpoint(String vm) {
    return endpoints.stream().filter(end -> end.vm().equals(vm)).findFirst();
  }

  /** The ends that are not this machine's. */
  public List<Endpoint> peers(String vm) {
    return endpoints.stream().filter(end -> !end.vm().equals(vm)).toList();
  }

  /** The device of another machine that a machine serves over it, if that is what it is for. */
  public Optional<Service> service() {
    return client().map(end -> ((ChannelDevice.Served) end.device()).service());
  }

  /** The machine that has that device. */
  Optional<Endpoint> client() {
    return endpoints.stream()
        .filter(end -> end.device() instanceof ChannelDevice.Served)
        .findFirst();
  }

  /** The machine that serves another one over it. */
  Optional<String> server() {
    return client().map(end -> peers(end.vm()).getFirst().vm());
  }

  /** Whether a machine serves its interface to a network over it. */
  boolean servesNetwork(VmDescription vm, String network) {
    return server().filter(vm.name()::equals).isPresent()
        && service()
            .filter(service -> service.kind() == Service.Kind.NETWORK)
            .filter(service -> service.unit() < vm.nics().size())
            .filter(service -> vm.nics().get(service.unit()).network().equals(network))
            .isPresent();
  }

  /** Its key in a scenario. */
  String key() {
    return server().map(vm -> "vms.%s.serves.%s".formatted(vm, name)).orElse("channels." + name);
  }

  /** The key of one of its ends. */
  String key(String vm) {
    return service().isPresent() ? key() + ".to" : "%s.between.%s".formatted(key(), vm);
  }

  /** Whether an end is the controller of a bus, which shows its guest nothing of the memory. */
  boolean bus() {
    return endpoints.stream().anyMatch(end -> end.device() instanceof I2c);
  }
}

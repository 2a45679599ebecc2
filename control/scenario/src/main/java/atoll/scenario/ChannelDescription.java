package atoll.scenario;

import atoll.image.RefusedException;
import atoll.virtio.Service;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Memory that exactly two virtual machines share, with a doorbell in each direction.
 *
 * @param name by which guests find it
 * @param size bytes, a multiple of 4096
 * @param endpoints two, of different machines
 * @param service if the first machine serves the second over it: which device of the second
 */
public record ChannelDescription(
    String name, long size, List<Endpoint> endpoints, Optional<Service> service) {
  /** What a name looks like; it must fit the device's name register. */
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");

  /**
   * One end.
   *
   * @param vm whose
   * @param writable whether it may write to the memory; it may ring in any case
   */
  public record Endpoint(String vm, boolean writable) {
    public Endpoint {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /** One between two guests. */
  public ChannelDescription(String name, long size, List<Endpoint> endpoints) {
    this(name, size, endpoints, Optional.empty());
  }

  public ChannelDescription {
    Objects.requireNonNull(service, "service");
    endpoints = List.copyOf(endpoints);
    if (!NAME.matcher(name).matches()) {
      throw new RefusedException(
          "'%s' is not a channel name; give up to 63 lower-case letters, digits and hyphens, a letter first"
              .formatted(name));
    }
    PlatformDescription.requirePages(size);
    if (endpoints.size() != 2 || endpoints.get(0).vm().equals(endpoints.get(1).vm())) {
      throw new RefusedException(
          "channel %s is between %s; name two different VMs"
              .formatted(
                  name, endpoints.stream().map(Endpoint::vm).collect(Collectors.joining(" and "))));
    }
  }

  /** The end that a machine has, if it has one. */
  public Optional<Endpoint> endpoint(String vm) {
    return endpoints.stream().filter(end -> end.vm().equals(vm)).findFirst();
  }

  /** Its key in a scenario. */
  String key() {
    return service.isPresent()
        ? "vms.%s.serves.%s".formatted(endpoints.get(0).vm(), name)
        : "channels." + name;
  }

  /** The key of one of its ends. */
  String key(String vm) {
    return service.isPresent() ? key() + ".to" : "%s.between.%s".formatted(key(), vm);
  }

  /** Whether it is how that machine has a device which another one serves. */
  public boolean serves(String vm) {
    return service.isPresent() && endpoints.get(1).vm().equals(vm);
  }

  /** The end that is not this machine's. */
  public Endpoint peer(String vm) {
    return endpoints.get(endpoints.get(0).vm().equals(vm) ? 1 : 0);
  }
}

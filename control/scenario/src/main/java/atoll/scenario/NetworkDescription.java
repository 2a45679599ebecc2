package atoll.scenario;

import atoll.image.RefusedException;
import atoll.line.FarAddress;
import atoll.line.FarSecurity;
import atoll.net.FarSettings;
import atoll.net.NetworkSettings;
import atoll.net.TapSettings;
import atoll.net.UplinkSettings;
import atoll.net.UserSettings;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A switch that virtual machines are plugged into.
 *
 * @param uplink how guests reach the outside, and it them
 * @param hostInterface the host's interface that {@link Uplink#TAP} goes by; without, one is made
 * @param far where {@link Uplink#REMOTE} goes on
 * @param mtu bytes of the longest IP packet
 * @param macFilter whether a VM can only send with its interface's own address
 */
public record NetworkDescription(
    String name,
    Uplink uplink,
    Optional<String> hostInterface,
    Optional<FarAddress> far,
    int mtu,
    boolean macFilter) {
  /** What a name looks like. */
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");

  /** How a network is connected with the outside. */
  public enum Uplink {
    /** Not at all. */
    NONE,
    /** By the host's ordinary sockets. */
    USER,
    /** The same, but only by ports that are forwarded to guests. */
    RESTRICTED,
    /** By an interface of the host, whose kernel is one more station of the network. */
    TAP,
    /** By a connection to another host, where it goes on. */
    REMOTE
  }

  /** One that goes on at no other host. */
  public NetworkDescription(
      String name, Uplink uplink, Optional<String> hostInterface, int mtu, boolean macFilter) {
    this(name, uplink, hostInterface, Optional.empty(), mtu, macFilter);
  }

  public NetworkDescription {
    if (!NAME.matcher(name).matches()) {
      throw new RefusedException(
          "'%s' is not a network's name; give up to 31 lower-case letters, digits and hyphens, a letter first"
              .formatted(name));
    }
    Objects.requireNonNull(uplink, "uplink");
    Objects.requireNonNull(hostInterface, "hostInterface");
    if (hostInterface.isPresent() && uplink != Uplink.TAP) {
      throw new RefusedException(
          "network %s has the host's interface %s, but no uplink: tap"
              .formatted(name, hostInterface.get()));
    }
    if (far.isPresent() != (uplink == Uplink.REMOTE)) {
      throw new RefusedException(
          "network %s %s"
              .formatted(
                  name,
                  far.isPresent()
                      ? "has the far side %s, but no uplink: remote".formatted(far.get())
                      : "has uplink: remote, and no far side; say where that is, with at: tls://HOST:PORT"));
    }
  }

  /** Whether it goes on outside as itself, so that a copy of it would be there twice. */
  public boolean hasOneOutside() {
    return uplink == Uplink.TAP || uplink == Uplink.REMOTE;
  }

  /** Whether ports of the host can lead to guests on it. */
  boolean forwards() {
    return uplink == Uplink.USER || uplink == Uplink.RESTRICTED;
  }

  /**
   * What it is made from.
   *
   * @param security how a connection to another host is made safe
   */
  public NetworkSettings settings(FarSecurity security) {
    Optional<UplinkSettings> outside =
        switch (uplink) {
          case NONE -> Optional.empty();
          case USER -> Optional.of(new UserSettings(false));
          case RESTRICTED -> Optional.of(new UserSettings(true));
          case TAP -> Optional.of(new TapSettings(hostInterface));
          case REMOTE -> Optional.of(new FarSettings(far.orElseThrow(), security));
        };
    return new NetworkSettings(name, outside, mtu, macFilter);
  }

  /** What a machine on it exchanges data with the host by, for a person. */
  Optional<String> outside() {
    return switch (uplink) {
      case NONE -> Optional.empty();
      case USER -> Optional.of("network %s (the host's sockets)".formatted(name));
      case RESTRICTED -> Optional.of("network %s (forwarded ports only)".formatted(name));
      case TAP ->
          Optional.of(
              "network %s (the host's %s)"
                  .formatted(
                      name, hostInterface.map("interface "::concat).orElse("new interface")));
      case REMOTE -> Optional.of("network %s (far side %s)".formatted(name, far.orElseThrow()));
    };
  }
}

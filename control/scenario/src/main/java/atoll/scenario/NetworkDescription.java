package atoll.scenario;

import atoll.image.RefusedException;
import atoll.net.NetworkSettings;
import atoll.net.UserSettings;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A switch that virtual machines are plugged into.
 *
 * @param uplink how guests reach the outside, and it them
 * @param mtu bytes of the longest IP packet
 * @param macFilter whether a VM can only send with its interface's own address
 */
public record NetworkDescription(String name, Uplink uplink, int mtu, boolean macFilter) {
  /** What a name looks like. */
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");

  /** How a network is connected with the outside. */
  public enum Uplink {
    /** Not at all. */
    NONE,
    /** By the host's ordinary sockets. */
    USER,
    /** The same, but only by ports that are forwarded to guests. */
    RESTRICTED
  }

  public NetworkDescription {
    if (!NAME.matcher(name).matches()) {
      throw new RefusedException(
          "'%s' is not a network's name; give up to 31 lower-case letters, digits and hyphens, a letter first"
              .formatted(name));
    }
    Objects.requireNonNull(uplink, "uplink");
  }

  /** What it is made from. */
  public NetworkSettings settings() {
    Optional<UserSettings> user =
        uplink == Uplink.NONE
            ? Optional.empty()
            : Optional.of(new UserSettings(uplink == Uplink.RESTRICTED));
    return new NetworkSettings(name, user, mtu, macFilter);
  }

  /** What a machine on it exchanges data with the host by, for a person. */
  Optional<String> outside() {
    return switch (uplink) {
      case NONE -> Optional.empty();
      case USER -> Optional.of("network %s (the host's sockets)".formatted(name));
      case RESTRICTED -> Optional.of("network %s (forwarded ports only)".formatted(name));
    };
  }
}

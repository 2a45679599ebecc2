package atoll.net;

import java.util.Objects;
import java.util.Optional;

/**
 * A network, as a user describes it.
 *
 * @param name for messages and threads
 * @param uplink how it is connected with the outside, if it is
 * @param mtu bytes of the longest IP packet, {@link #LEAST_MTU} to {@link #MOST_MTU}
 * @param macFilter whether a guest only sends with the address that its interface is given
 */
public record NetworkSettings(
    String name, Optional<UplinkSettings> uplink, int mtu, boolean macFilter) {
  /** What every network carries (RFC 8200, §5). */
  public static final int LEAST_MTU = 1_280;

  public static final int USUAL_MTU = 1_500;
  public static final int MOST_MTU = 65_535;

  public NetworkSettings {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(uplink, "uplink");
    if (mtu < LEAST_MTU || mtu > MOST_MTU) {
      throw new IllegalArgumentException(
          "an MTU of %d bytes; expected %d to %d".formatted(mtu, LEAST_MTU, MOST_MTU));
    }
  }
}

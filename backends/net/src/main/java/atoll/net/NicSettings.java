package atoll.net;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A guest's interface to a network, as a user describes it.
 *
 * @param mac its address
 * @param rate bytes a second in each direction, if there is a limit
 * @param capture where a copy of all its frames goes, as pcapng
 * @param forwards ports of the host that lead to the guest
 */
public record NicSettings(
    MacAddress mac, OptionalLong rate, Optional<Path> capture, List<PortForward> forwards) {
  /** The lowest limit: a frame a second, or so. */
  public static final long LEAST_RATE = 1 << 10;

  public NicSettings {
    Objects.requireNonNull(mac, "mac");
    Objects.requireNonNull(rate, "rate");
    Objects.requireNonNull(capture, "capture");
    forwards = List.copyOf(forwards);
    if (rate.isPresent() && rate.getAsLong() < LEAST_RATE) {
      throw new IllegalArgumentException(
          "a rate of %d bytes a second; expected %d or more"
              .formatted(rate.getAsLong(), LEAST_RATE));
    }
  }

  /** What may pass in one direction, if there is a limit: after a pause, that of 50 ms more. */
  Optional<TokenBucket> bucket() {
    return rate.isEmpty()
        ? Optional.empty()
        : Optional.of(new TokenBucket(rate.getAsLong(), Math.max(rate.getAsLong() / 20, 1)));
  }
}

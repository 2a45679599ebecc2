package atoll.image;

import java.util.Objects;
import java.util.Optional;

/**
 * Where an image comes from that was made elsewhere.
 *
 * @param address of a server, or a file
 * @param checksum of what was fetched from there
 * @param says who says that the checksum has to be this: the user, or a list beside the image;
 *     nothing if nobody does, and so nothing was verified
 */
public record PulledFrom(String address, Checksum checksum, Optional<String> says) {
  /** What a user says stands for. */
  public static final String USER = "the user";

  public PulledFrom {
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(checksum, "checksum");
    Objects.requireNonNull(says, "says");
  }
}

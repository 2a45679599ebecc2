package atoll.net;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A guest's socket device.
 *
 * @param vm whose it is, for messages
 * @param cid its context: 3 or more, and less than 2³² - 1
 * @param socket where programs of the host connect to the guest, and, with {@code _PORT} behind it,
 *     listen for it; empty if there are none
 * @param reach contexts of the guests that it may connect to
 */
public record VsockSettings(String vm, long cid, Optional<Path> socket, Set<Long> reach) {
  /** The smallest number of a guest's context; those below have meanings of their own. */
  public static final long FIRST_CID = 3;

  /** The largest; the one behind it means any. */
  public static final long LAST_CID = 0xffff_fffeL;

  public VsockSettings {
    Objects.requireNonNull(vm, "vm");
    Objects.requireNonNull(socket, "socket");
    reach = Set.copyOf(reach);
    if (cid < FIRST_CID || cid > LAST_CID) {
      throw new IllegalArgumentException(
          "a guest's context is %d to %d, not %d".formatted(FIRST_CID, LAST_CID, cid));
    }
  }
}

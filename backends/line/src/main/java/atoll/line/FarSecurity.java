package atoll.line;

import java.io.IOException;
import java.util.Optional;

/** How connections to far sides are made safe; who has the keys implements it. */
public interface FarSecurity {
  /** None: for addresses that have no TLS. */
  FarSecurity NONE =
      (plain, client, peer) -> {
        throw new IOException("this program has no keys for TLS");
      };

  /**
   * A line that is safe.
   *
   * @param line whose bytes nobody else reads or changes
   * @param peer what the other end is called
   */
  record Secured(Line line, String peer) {}

  /**
   * Begins TLS; waits until the other end has begun, as long as the line has patience.
   *
   * @param client whether this end has connected
   * @param peer who the other end must be, as {@link FarAddress#peer} has it
   * @throws IOException if it cannot be, or the other end is somebody else; says which in words for
   *     a user
   */
  Secured secure(Line plain, boolean client, Optional<String> peer) throws IOException;
}

package atoll.scenario;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Whether a system starts only if what it is made from was signed.
 *
 * @param required whether it does
 * @param signer who must have signed it, by the name that its user trusts; otherwise anyone who is
 *     trusted. No scenario can say that
 * @param except keys of parts that cannot be signed, as the guest writes them or they are of
 *     another host: {@code vms.linux.disks[1]}
 * @param text the SHA-512 of the scenario's file as it was read, in hexadecimal; empty if the
 *     scenario was made and not read
 */
public record VerifyRule(
    boolean required, Optional<String> signer, List<String> except, String text) {
  /** Of a scenario that was made, of which nothing is verified. */
  public static final VerifyRule NONE = new VerifyRule(false, Optional.empty(), List.of(), "");

  public VerifyRule {
    Objects.requireNonNull(signer, "signer");
    except = List.copyOf(except);
    Objects.requireNonNull(text, "text");
  }

  /** The same, and all must be signed. */
  public VerifyRule demanded(Optional<String> by) {
    return new VerifyRule(true, by, except, text);
  }
}

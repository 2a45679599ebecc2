package atoll.trust;

import atoll.scenario.Scenario;
import java.util.Objects;

/**
 * A system all of whose links were right.
 *
 * @param scenario the same, made from the copies that were verified
 * @param held these; the caller closes them when the system is closed
 * @param log what was measured
 * @param counter by which its version is counted
 * @param version noted once it has been made; 0 if it has none
 * @param signer by whom it was signed
 */
public record VerifiedSystem(
    Scenario scenario,
    HeldFiles held,
    MeasurementLog log,
    String counter,
    long version,
    String signer) {
  public VerifiedSystem {
    Objects.requireNonNull(scenario, "scenario");
    Objects.requireNonNull(held, "held");
    Objects.requireNonNull(log, "log");
  }
}

package atoll.front;

import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.manager.Manager;
import atoll.manager.TrustAction;
import atoll.scenario.Scenario;
import atoll.trust.Attestation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Whether what is run must be signed, and where it is noted what was. */
final class VerifyOptions {
  @Option(
      names = "--verify",
      description =
          "start only what signers that you trust have signed ('atoll sign', 'atoll keys trust"
              + " --signer'); nothing is started if a piece is not what was signed")
  private boolean verify;

  @Option(
      names = "--signer",
      paramLabel = "NAME",
      description = "with --verify: who must have signed it, as you call the signer")
  private String signer;

  @Option(
      names = "--measurements",
      paramLabel = "FILE",
      description = "write what was verified, a line a piece, each with a digest over all before")
  private Path measurements;

  @Option(
      names = "--nonce",
      paramLabel = "NONCE",
      description =
          "with --measurements: sign them and this with your key 'attest', into FILE.minisig")
  private String nonce;

  /** What does not go together, if so. */
  Optional<String> obstacle() {
    if (signer != null && !verify) {
      return Optional.of("--signer goes only with --verify");
    }
    return nonce != null && measurements == null
        ? Optional.of("--nonce goes only with --measurements")
        : Optional.empty();
  }

  /** The scenario, as it has to be verified. */
  Scenario of(Scenario scenario) {
    if (verify) {
      return scenario.verified(Optional.ofNullable(signer));
    }
    if (measurements != null && !scenario.verify().required()) {
      throw new RefusedException("--measurements are of what was verified; give --verify too");
    }
    return scenario;
  }

  /**
   * Refuses what cannot be verified, before anything is fetched or made for it.
   *
   * @param why it cannot, if so
   */
  void require(Optional<String> why) {
    if (verify && why.isPresent()) {
      throw new RefusedException("nothing is started, since it cannot be verified: " + why.get());
    }
  }

  /** What is written to. */
  Optional<Path> file() {
    return Optional.ofNullable(measurements);
  }

  /** Writes what was measured, once the system is made. */
  void write(Manager manager) {
    if (measurements == null) {
      return;
    }
    if (nonce == null) {
      write(measurements, manager.perform(new TrustAction.ReadMeasurements()).text());
      return;
    }
    Attestation.Quote quote =
        manager.perform(new TrustAction.Attest(TrustAction.Attest.KEY, Optional.of(nonce)));
    write(measurements, quote);
  }

  /** Writes a log, and its signature beside it. */
  static void write(Path file, Attestation.Quote quote) {
    write(file, quote.log());
    write(file.resolveSibling(file.getFileName() + ".minisig"), quote.signature());
  }

  private static void write(Path file, String text) {
    try {
      Path ignored = Files.writeString(file, text);
    } catch (IOException e) {
      throw new HostException(
          "the measurements in %s cannot be written: %s".formatted(file, HostException.reason(e)),
          e);
    }
  }
}

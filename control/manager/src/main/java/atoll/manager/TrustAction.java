package atoll.manager;

import atoll.keys.SignerRole;
import atoll.trust.Attestation;
import atoll.trust.MeasurementLog;
import atoll.trust.SystemSigner;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is done with signatures of files and systems, and with what was measured.
 *
 * @param <R> what comes of it
 */
public sealed interface TrustAction<R> extends VmAction<R> {
  /**
   * Signs a scenario with all that it is made from, or a file.
   *
   * @param file a scenario if it ends in {@code .yaml} or {@code .yml}
   * @param key the name of one of the user's own
   * @param version of a system; by default one more than it had
   */
  record Sign(Path file, String key, OptionalLong version)
      implements TrustAction<SystemSigner.Signature> {
    public Sign {
      Objects.requireNonNull(file, "file");
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(version, "version");
    }
  }

  /**
   * Verifies a scenario with all that it is made from, or a file, and starts nothing.
   *
   * @param signer the name of the one who must have signed it, or anyone who is trusted
   * @return what was measured
   */
  record Verify(Path file, Optional<String> signer) implements TrustAction<MeasurementLog> {
    public Verify {
      Objects.requireNonNull(file, "file");
      Objects.requireNonNull(signer, "signer");
    }
  }

  /**
   * Signs what was measured when the system was made.
   *
   * @param key the name of one of the user's own
   * @param nonce of whoever asks
   */
  record Attest(String key, Optional<String> nonce) implements TrustAction<Attestation.Quote> {
    /** The key unless another is named. */
    public static final String KEY = "attest";

    public Attest {
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(nonce, "nonce");
    }
  }

  /** What was measured when the system was made. */
  record ReadMeasurements() implements TrustAction<MeasurementLog> {}

  /**
   * Checks a log that is signed, and compares it with what was signed.
   *
   * @param log with its signature beside it
   * @param scenario whose list it is compared with, if it is
   * @param attester who must have signed the log, or anyone who is trusted to sign logs
   * @param nonce that must have been signed too
   * @return what differs, a sentence each
   */
  record CheckQuote(
      Path log, Optional<Path> scenario, Optional<String> attester, Optional<String> nonce)
      implements TrustAction<List<String>> {
    public CheckQuote {
      Objects.requireNonNull(log, "log");
      Objects.requireNonNull(scenario, "scenario");
      Objects.requireNonNull(attester, "attester");
      Objects.requireNonNull(nonce, "nonce");
    }
  }

  /** Believes somebody's signatures, by a name of the user's. */
  record TrustSigner(SignerRole role, String name, String key) implements TrustAction<Void> {
    public TrustSigner {
      Objects.requireNonNull(role, "role");
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(key, "key");
    }
  }

  /** Believes somebody's signatures no longer. */
  record ForgetSigner(SignerRole role, String name) implements TrustAction<Void> {
    public ForgetSigner {
      Objects.requireNonNull(role, "role");
      Objects.requireNonNull(name, "name");
    }
  }

  /** Those whose signatures are believed, their keys as minisign has them, by name. */
  record ListSigners(SignerRole role) implements TrustAction<Map<String, String>> {
    public ListSigners {
      Objects.requireNonNull(role, "role");
    }
  }

  /** The public half of a key of the user's own, as minisign has it. */
  record ShowSigner(String name) implements TrustAction<String> {
    public ShowSigner {
      Objects.requireNonNull(name, "name");
    }
  }

  /** The newest version of each signed system that has run here. */
  record ListVersions() implements TrustAction<Map<String, Long>> {}

  /** Lets any version of a system run next. */
  record ResetVersion(String system) implements TrustAction<Void> {
    public ResetVersion {
      Objects.requireNonNull(system, "system");
    }
  }
}

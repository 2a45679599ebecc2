package atoll.manager;

import atoll.host.Effects;
import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.keys.Keyring;
import atoll.keys.SignerId;
import atoll.keys.SignerList;
import atoll.keys.SignerRole;
import atoll.scenario.Scenario;
import atoll.scenario.ScenarioException;
import atoll.scenario.ScenarioReader;
import atoll.trust.Attestation;
import atoll.trust.MeasurementLog;
import atoll.trust.SystemSigner;
import atoll.trust.SystemVerifier;
import atoll.trust.VerifiedSystem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Performs {@link TrustAction}s, and makes the systems that must be verified. */
final class TrustDesk implements Desk<TrustAction<?>> {
  /** Bytes of the longest log or list. */
  private static final int LONGEST = 8 << 20;

  private final Stores stores;
  private final PresentSystem system;
  private final Effects effects;

  TrustDesk(Stores stores, PresentSystem system, Effects effects) {
    this.stores = stores;
    this.system = system;
    this.effects = effects;
  }

  @Override
  public Object perform(TrustAction<?> action, EventListener listener) {
    Keyring keyring = stores.keyring();
    return switch (action) {
      case TrustAction.Sign sign -> sign(sign, listener);
      case TrustAction.Verify(Path file, Optional<String> signer) ->
          isScenario(file) ? verify(file, signer, listener) : verifyFile(file, signer);
      case TrustAction.Attest(String key, Optional<String> nonce) ->
          Attestation.quote(measured(), keyring, key, nonce);
      case TrustAction.ReadMeasurements() -> measured();
      case TrustAction.CheckQuote check -> check(check);
      case TrustAction.TrustSigner(SignerRole role, String name, String key) ->
          Desk.done(() -> keyring.signers(role).trust(name, SignerId.parse(key)));
      case TrustAction.ForgetSigner(SignerRole role, String name) ->
          Desk.done(() -> keyring.signers(role).forget(name));
      case TrustAction.ListSigners(SignerRole role) -> texts(keyring.signers(role).all());
      case TrustAction.ShowSigner(String name) -> SignerId.of(keyring.show(name)).text();
      case TrustAction.ListVersions() -> keyring.signers().versions();
      case TrustAction.ResetVersion(String of) -> Desk.done(() -> keyring.signers().reset(of));
    };
  }

  private static Map<String, String> texts(Map<String, SignerId> keys) {
    Map<String, String> texts = new LinkedHashMap<>();
    keys.forEach((name, key) -> texts.put(name, key.text()));
    return texts;
  }

  private MeasurementLog measured() {
    RunningSystem present = system.get();
    return present
        .measured()
        .orElseThrow(() ->
            new RefusedException(
                "%s was not verified when it was started, so nothing was measured; start it with --verify"
                    .formatted(present.scenario().name())));
  }

  // ------------------------------------------------------------ files

  private static boolean isScenario(Path file) {
    return file.getFileName() != null && file.getFileName().toString().matches(".*\\.ya?ml");
  }

  private SystemSigner.Signature sign(TrustAction.Sign action, EventListener listener) {
    SystemSigner signer =
        new SystemSigner(
            stores.keyring(),
            stores.cache(),
            effects.tasks(),
            mirror -> stores.images(listener).linux(mirror, false));
    return isScenario(action.file())
        ? signer.sign(scenario(action.file()), action.key(), action.version())
        : signer.sign(action.file(), action.key());
  }

  private Scenario scenario(Path file) {
    ScenarioReader.Reading reading =
        ScenarioReader.look(file, stores.imageDisks(EventListener.nobody()));
    if (!reading.problems().isEmpty()) {
      throw new ScenarioException(reading.problems());
    }
    return reading.scenario();
  }

  private SystemVerifier verifier(EventListener listener) {
    return new SystemVerifier(
        stores.keyring().signers(),
        stores.cache(),
        effects.tasks(),
        mirror -> stores.images(listener).linux(mirror, false),
        Version.build());
  }

  private MeasurementLog verify(Path file, Optional<String> signer, EventListener listener) {
    VerifiedSystem verified = verifier(listener).verify(scenario(file), signer);
    verified.held().close();
    return verified.log();
  }

  private MeasurementLog verifyFile(Path file, Optional<String> signer) {
    SignerList.Signed signed = stores.keyring().signers().verifyCopy(file, file, signer);
    return new MeasurementLog(
        List.of(
            new MeasurementLog.Step(
                "-", "file", "%s by %s".formatted(file.getFileName(), signed.signer()))));
  }

  private List<String> check(TrustAction.CheckQuote action) {
    Keyring keyring = stores.keyring();
    MeasurementLog log =
        Attestation.check(
            keyring.signers(SignerRole.ATTESTER),
            action.log(),
            read(action.log()),
            action.attester(),
            action.nonce());
    if (action.scenario().isEmpty()) {
      return List.of();
    }
    Path list = SystemVerifier.listOf(action.scenario().get());
    byte[] bytes = read(list);
    SignerList.Signed ignored = keyring.signers().verify(list, bytes, Optional.empty());
    return Attestation.differences(log, list.toString(), bytes);
  }

  private static byte[] read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LONGEST + 1);
      if (bytes.length > LONGEST) {
        throw new RefusedException(file + " is too long to be a log or a list of Atoll's");
      }
      return bytes;
    } catch (IOException e) {
      throw new RefusedException(
          "%s cannot be read: %s".formatted(file, HostException.reason(e)), e);
    }
  }

  // ------------------------------------------------------------ systems

  /** Makes a system of what has been verified, and of nothing else. */
  RunningSystem make(SystemAction.CreateSystem action, EventListener listener) {
    Scenario scenario = action.scenario();
    VerifiedSystem verified = verifier(listener).verify(scenario, scenario.verify().signer());
    RunningSystem made = make(action, verified, listener);
    boolean noted = false;
    try {
      if (verified.version() > 0) {
        stores.keyring().signers().raise(verified.counter(), verified.version());
      }
      noted = true;
      return made;
    } finally {
      if (!noted) {
        system.abandon(made); // an older version could run next
      }
    }
  }

  private RunningSystem make(
      SystemAction.CreateSystem action, VerifiedSystem verified, EventListener listener) {
    boolean made = false;
    try {
      RunningSystem running =
          system.make(
              new SystemAction.CreateSystem(
                  verified.scenario(), action.terminal(), action.reports()),
              Optional.empty(),
              listener);
      running.verified(verified);
      made = true;
      return running;
    } finally {
      if (!made) {
        verified.held().close();
      }
    }
  }
}

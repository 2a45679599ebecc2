package atoll.trust;

import atoll.image.RefusedException;
import atoll.keys.Keyring;
import atoll.keys.SignerList;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Quotes: logs that are signed together with a word of who asks; and what they are checked by. */
public final class Attestation {
  private static final Pattern NONCE = Pattern.compile("[A-Za-z0-9+/=_-]{1,128}");
  private static final Pattern QUOTE =
      Pattern.compile("atoll quote chain:([0-9a-f]{64}) nonce:([A-Za-z0-9+/=_-]{1,128}|-)");

  private Attestation() {}

  /**
   * A log and its signature, as files.
   *
   * @param log the text of the log
   * @param signature as minisign writes it
   */
  public record Quote(String log, String signature) {}

  /**
   * Signs a log.
   *
   * @param key the name of one of the user's own
   * @param nonce which whoever asks has chosen, so that no older quote will do
   */
  public static Quote quote(
      MeasurementLog log, Keyring keyring, String key, Optional<String> nonce) {
    nonce.ifPresent(Attestation::requireNonce);
    String text = log.text();
    String comment = "atoll quote chain:%s nonce:%s".formatted(log.chain(), nonce.orElse("-"));
    return new Quote(text, keyring.sign(key, text.getBytes(StandardCharsets.UTF_8), comment));
  }

  private static void requireNonce(String nonce) {
    if (!NONCE.matcher(nonce).matches()) {
      throw new RefusedException(
          "'%s' is no nonce; give up to 128 letters and digits, such as: openssl rand -hex 16"
              .formatted(nonce));
    }
  }

  /**
   * Checks a quote.
   *
   * @param file the log, with its signature beside it
   * @param bytes all that it has
   * @param signers who is trusted to sign logs
   * @param signer who must have signed it, or anyone of them
   * @param nonce that must have been signed too
   * @return the log
   * @throws RefusedException with what is wrong
   */
  public static MeasurementLog check(
      SignerList signers,
      Path file,
      byte[] bytes,
      Optional<String> signer,
      Optional<String> nonce) {
    SignerList.Signed signed = signers.verify(file, bytes, signer);
    MeasurementLog log =
        MeasurementLog.parse(file.toString(), new String(bytes, StandardCharsets.UTF_8));
    Matcher quote = QUOTE.matcher(signed.comment());
    if (!quote.matches() || !quote.group(1).equals(log.chain())) {
      throw new RefusedException(
          "%s has a signature, but of no quote: its comment is '%s'"
              .formatted(file, signed.comment()));
    }
    nonce
        .filter(wanted -> !wanted.equals(quote.group(2)))
        .ifPresent(wanted -> {
          throw new RefusedException(
              "%s is the answer to another question: its nonce is %s, expected %s"
                  .formatted(file, quote.group(2), wanted));
        });
    return log;
  }

  /**
   * Compares a log with what was signed.
   *
   * @param list the signed list's text, whose signature was verified
   * @param name of its file
   * @return what differs, a sentence each; nothing if the log is of exactly that
   */
  public static List<String> differences(MeasurementLog log, String name, byte[] list) {
    SignedList expected = SignedList.parse(name, new String(list, StandardCharsets.UTF_8));
    Map<String, String> open = new HashMap<>(expected.files());
    open.putAll(expected.stock());
    List<String> found = new ArrayList<>();
    boolean listed = false;
    for (MeasurementLog.Step step : log.steps()) {
      switch (step.link()) {
        case "atoll" -> {}
        case "signature" -> listed = step.digest().equals(Digests.sha512(list));
        default -> compare(step, expected, open, found);
      }
    }
    if (!listed) {
      found.add("signature: the system was started by another list than %s".formatted(name));
    }
    open.keySet().forEach(left -> found.add("%s was signed, and not measured".formatted(left)));
    return found;
  }

  private static void compare(
      MeasurementLog.Step step, SignedList expected, Map<String, String> open, List<String> found) {
    if (step.digest().equals(MeasurementLog.NONE)) {
      return; // excepted by the scenario, which was signed
    }
    String signed = expected.files().getOrDefault(step.name(), expected.stock().get(step.name()));
    open.remove(step.name());
    if (signed == null) {
      found.add("%s: %s was measured, and is not signed".formatted(step.link(), step.name()));
    } else if (!signed.equals(step.digest())) {
      found.add("%s: %s is not what was signed".formatted(step.link(), step.name()));
    }
  }
}

package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.openpgp.PGPSignature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveKeysTest {
  private static final String TEXT = "Codename: trixie\n - a dash\n-and another";
  private static final Instant NOW = TestArchiveKey.MADE.plus(Duration.ofDays(1));
  private static final long YEAR = Duration.ofDays(365).toSeconds();

  @TempDir private Path folder;
  private final TestArchiveKey key = new TestArchiveKey();
  private final TestArchiveKey stranger = new TestArchiveKey();

  private ArchiveKeys trusting(TestArchiveKey... keys) throws IOException {
    Path file = folder.resolve("keys.asc");
    Files.write(file, new byte[0]);
    for (TestArchiveKey one : keys) {
      Files.write(file, one.armoured(), java.nio.file.StandardOpenOption.APPEND);
    }
    return ArchiveKeys.of(file);
  }

  private static SignedText signed(String text, byte[]... signatures) throws IOException {
    return SignedText.clear(TestArchiveKey.inRelease(text, signatures));
  }

  private static ThrowingCallable verifying(ArchiveKeys keys, SignedText text, Instant now) {
    return () -> keys.verify(text, now);
  }

  private void accepts(ArchiveKeys keys, SignedText text) {
    assertThatCode(verifying(keys, text, NOW)).doesNotThrowAnyException();
  }

  @Test
  void aSignatureOfASubkeyOrOfThePrimaryKeyWillDo() throws IOException {
    accepts(trusting(key), signed(TEXT, key.signature(TEXT)));
    accepts(trusting(key), signed(TEXT, key.signatureOfPrimary(TEXT)));
  }

  @Test
  void oneGoodSignatureIsEnough() throws IOException {
    TestArchiveKey over = new TestArchiveKey(0, 60);
    SignedText text =
        signed(
            TEXT,
            stranger.signature(TEXT),
            over.signature(TEXT),
            key.signature("other"),
            key.signature(TEXT));
    accepts(trusting(over, key), text);
  }

  @Test
  void aFileOfKeysMayHaveSeveralInArmourOrBinary() throws IOException {
    SignedText text = signed(TEXT, key.signature(TEXT));
    accepts(trusting(stranger, key), text);
    accepts(ArchiveKeys.of(Files.write(folder.resolve("k.gpg"), key.binary())), text);
    assertThat(trusting(stranger, key).fingerprints())
        .containsExactlyInAnyOrder(stranger.fingerprint(), key.fingerprint());
  }

  @Test
  void signaturesInAFileOfTheirOwnAreOverItsBytesOrItsLines() throws IOException {
    for (int type : List.of(PGPSignature.BINARY_DOCUMENT, PGPSignature.CANONICAL_TEXT_DOCUMENT)) {
      byte[] signature = key.signature(type, HashAlgorithmTags.SHA512, TEXT + " \n");
      byte[] text = (TEXT + " \n").getBytes(StandardCharsets.UTF_8);
      accepts(trusting(key), SignedText.detached(text, TestArchiveKey.armoured(signature)));
      text[3] ^= 1;
      SignedText changed = SignedText.detached(text, TestArchiveKey.armoured(signature));
      assertThatThrownBy(verifying(trusting(key), changed, NOW))
          .hasMessageContaining("not what was signed");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Codename: sid", "Codename: trixie", TEXT + "\n", TEXT + "\nMore: 1"})
  void aChangedTextIsRefused(String other) throws IOException {
    assertThatThrownBy(verifying(trusting(key), signed(other, key.signature(TEXT)), NOW))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("what it offers is not what was signed")
        .hasMessageContaining(key.subkeyFingerprint());
  }

  @Test
  void anUnknownKeyIsNamedAndTheOptionForIt() throws IOException {
    SignedText text = signed(TEXT, stranger.signature(TEXT), stranger.signatureOfPrimary(TEXT));
    assertThatThrownBy(verifying(trusting(key), text, NOW))
        .hasMessageContaining("none of the keys that signed it is one of those in")
        .hasMessageContaining(stranger.subkeyFingerprint() + ", " + stranger.fingerprint())
        .hasMessageContaining("--mirror-key FILE");
    assertThatThrownBy(verifying(ArchiveKeys.debian(), text, NOW))
        .hasMessageContaining("is one of Debian's (" + stranger.subkeyFingerprint());
  }

  @Test
  void anExpiredKeyIsRefusedFromItsEndOn() throws IOException {
    TestArchiveKey subkey = new TestArchiveKey(0, YEAR);
    TestArchiveKey primary = new TestArchiveKey(YEAR, 0);
    for (TestArchiveKey over : List.of(subkey, primary)) {
      SignedText text = signed(TEXT, over.signature(TEXT));
      Instant end = TestArchiveKey.MADE.plusSeconds(YEAR);
      assertThatCode(verifying(trusting(over), text, end.minusSeconds(1)))
          .doesNotThrowAnyException();
      assertThatThrownBy(verifying(trusting(over), text, end))
          .hasMessageContaining("has expired on 2026-01-01T00:00:00Z")
          .hasMessageContaining(over.subkeyFingerprint());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRevokedKeyIsRefused(boolean whole) throws Exception {
    TestArchiveKey revoked = new TestArchiveKey().revoke(whole);
    SignedText text = signed(TEXT, revoked.signature(TEXT));
    assertThatThrownBy(verifying(trusting(revoked), text, NOW))
        .hasMessageContaining("has been revoked")
        .hasMessageContaining(revoked.subkeyFingerprint());
  }

  @ParameterizedTest
  @ValueSource(ints = {HashAlgorithmTags.SHA1, HashAlgorithmTags.MD5})
  void aWeakDigestIsRefused(int digest) throws IOException {
    byte[] signature = key.signature(PGPSignature.CANONICAL_TEXT_DOCUMENT, digest, TEXT);
    assertThatThrownBy(verifying(trusting(key), signed(TEXT, signature), NOW))
        .hasMessageContaining("is not accepted")
        .hasMessageContaining("hash");
  }

  @Test
  void aSignatureThatIsNotOfATextIsRefused() throws IOException {
    byte[] signature = key.signature(PGPSignature.STAND_ALONE, HashAlgorithmTags.SHA256, TEXT);
    assertThatThrownBy(verifying(trusting(key), signed(TEXT, signature), NOW))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aSubkeyThatIsOnlyClaimedIsRefused() throws Exception {
    SignedText text = signed(TEXT, stranger.signature(TEXT));
    assertThatThrownBy(verifying(trusting(key.claim(stranger)), text, NOW))
        .hasMessageContaining("is not accepted");
  }

  @Test
  void aClockBeforeTheKeysIsRefused() throws IOException {
    SignedText text = signed(TEXT, key.signature(TEXT));
    assertThatThrownBy(verifying(trusting(key), text, Instant.EPOCH))
        .hasMessageContaining("is not accepted");
  }

  @Test
  void noSignatureAndGarbageAreRefused() throws IOException {
    SignedText none = SignedText.detached(new byte[3], new byte[0]);
    assertThatThrownBy(verifying(trusting(key), none, NOW)).isInstanceOf(IOException.class);
    byte[] whole = TestArchiveKey.armoured(key.signature(TEXT));
    for (int cut = 1; cut < whole.length * 3 / 4; cut += 7) {
      byte[] part = java.util.Arrays.copyOf(whole, cut);
      SignedText text = SignedText.detached(TEXT.getBytes(StandardCharsets.UTF_8), part);
      assertThatThrownBy(verifying(trusting(key), text, NOW))
          .as("the first %d bytes", cut)
          .isInstanceOf(IOException.class);
    }
    byte[] keys = TestArchiveKey.armoured(key.binary());
    assertThatThrownBy(verifying(trusting(key), SignedText.detached(new byte[3], keys), NOW))
        .hasMessage("it is not signed");
  }

  @Test
  void aFileWithoutKeysIsSaid() throws IOException {
    Path text = Files.writeString(folder.resolve("notes"), "no key");
    assertThatThrownBy(() -> ArchiveKeys.of(text))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no OpenPGP public key in " + text);
    assertThatThrownBy(() -> ArchiveKeys.of(folder.resolve("nowhere")))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("cannot read the mirror's key in " + folder.resolve("nowhere"));
  }

  @Test
  void debiansKeysAreThoseOfTheDocumentation() throws IOException {
    String page =
        Files.readString(Path.of("../../docs/linux-guest.md"))
            .replaceAll("(?<=[0-9A-F]) +(?=[0-9A-F])", "");
    assertThat(ArchiveKeys.debian().fingerprints())
        .hasSize(3)
        .allSatisfy(fingerprint -> assertThat(page).contains(fingerprint));
  }
}

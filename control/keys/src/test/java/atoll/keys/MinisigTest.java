package atoll.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.image.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signatures of files, and minisign's own. */
class MinisigTest {
  @TempDir private Path folder;

  private Keyring ring() {
    return new Keyring(folder.resolve("atoll"));
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("file"), bytes);
  }

  /** A file that {@code key}, who is trusted as {@code me}, has signed. */
  private Path signed() throws IOException {
    PublicId key = ring().make("key");
    ring().signers().trust("me", SignerId.of(key));
    Path file = file("what is signed".getBytes(StandardCharsets.UTF_8));
    Files.writeString(SignerList.signatureOf(file), ring().sign("key", file, "version:3"));
    return file;
  }

  private SignerList.Signed verify(Path file) throws IOException {
    return ring().signers().verify(file, Files.readAllBytes(file), Optional.empty());
  }

  private void refused(Path file, String why) {
    assertThatThrownBy(() -> verify(file))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(why);
  }

  @Test
  void theDigestIsThatOfTheStandard() {
    // RFC 7693, appendix A.
    assertThat(HexFormat.of().formatHex(Blake2b.of("abc".getBytes(StandardCharsets.UTF_8))))
        .isEqualTo(
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
  }

  @Test
  void theDigestOfPartsIsThatOfTheWholeAtEachLength() throws IOException {
    byte[] bytes = "0123456789".repeat(100).getBytes(StandardCharsets.UTF_8);
    for (int length : new int[] {0, 1, 127, 128, 129, 256, 257, 1000}) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThat(Blake2b.of(new ByteArrayInputStream(part)))
          .as("%d bytes", length)
          .isEqualTo(Blake2b.of(part));
    }
  }

  @Test
  void theDigestIsWhatCoreutilsSay() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/b2sum")), "b2sum is not installed");
    byte[] bytes = new byte[(1 << 17) + 77];
    for (int n = 0; n < bytes.length; n++) {
      bytes[n] = (byte) (n * 31);
    }
    assertThat(said("b2sum", file(bytes).toString()))
        .startsWith(HexFormat.of().formatHex(Blake2b.of(bytes)));
  }

  @Test
  void whatASignerHasSignedIsRight() throws IOException {
    SignerList.Signed found = verify(signed());
    assertThat(found.signer()).isEqualTo("me");
    assertThat(found.comment()).isEqualTo("version:3");
  }

  @Test
  void eachBitOfTheFileCounts() throws IOException {
    Path file = signed();
    byte[] bytes = Files.readAllBytes(file);
    for (int bit = 0; bit < bytes.length * 8; bit += 13) {
      byte[] other = bytes.clone();
      other[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, other);
      refused(file, "is not what me signed");
    }
  }

  @Test
  void aSignatureThatIsCutOffOrDamagedIsRefused() throws IOException {
    Path file = signed();
    Path beside = SignerList.signatureOf(file);
    String text = Files.readString(beside);
    for (int length = 0; length < text.length() - 1; length += 7) {
      Files.writeString(beside, text.substring(0, length));
      refused(file, "is damaged or cut off");
    }
    Files.writeString(beside, text.replace("version:3", "version:4"));
    refused(file, "its trusted comment is not what me signed");
    Files.writeString(beside, "x".repeat(Minisig.LONGEST + 1));
    refused(file, "too long");
    Files.delete(beside);
    refused(file, "is not signed: there is no file.minisig");
  }

  @Test
  void theSignatureOfAnotherFileIsRefused() throws IOException {
    Path file = signed();
    Files.writeString(
        SignerList.signatureOf(file),
        ring().sign("key", "another".getBytes(StandardCharsets.UTF_8), "version:3"));
    refused(file, "is not what me signed");
  }

  @Test
  void onlyWhoIsTrustedCounts() throws IOException {
    Path file = signed();
    PublicId stranger = ring().make("stranger");
    Files.writeString(SignerList.signatureOf(file), ring().sign("stranger", file, "x"));
    refused(file, "is by a key with the number " + SignerId.of(stranger).number());
    ring().signers().trust("them", SignerId.of(stranger));
    assertThat(verify(file).signer()).isEqualTo("them");
    assertThatThrownBy(
            () -> ring().signers().verify(file, Files.readAllBytes(file), Optional.of("me")))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("which is not that of me");
    ring().signers().forget("them");
    refused(file, "is by a key with the number");
  }

  @Test
  void aVersionOnlyRises() {
    SignerList signers = ring().signers();
    signers.raise("car@1", 5);
    signers.raise("car@1", 4);
    assertThat(signers.versions()).containsEntry("car@1", 5L);
    signers.reset("car@1");
    assertThat(signers.versions()).isEmpty();
    assertThatThrownBy(() -> signers.reset("car@1")).isInstanceOf(RefusedException.class);
  }

  @Test
  void noVersionIsLostWhenManySystemsStartAtOnce() {
    IntStream.range(0, 24).parallel().forEach(n -> ring().signers().raise("car" + n + "@1", n + 1));
    assertThat(ring().signers().versions()).hasSize(24);
  }

  // ------------------------------------------------------------ minisign itself

  private static void requireMinisign() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/minisign")), "minisign is not installed");
  }

  private static String said(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).as(said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  @Test
  void minisignVerifiesWhatAtollSigns() throws Exception {
    requireMinisign();
    Path file = signed();
    String key = SignerId.of(ring().show("key")).text();
    assertThat(said("minisign", "-V", "-m", file.toString(), "-P", key))
        .contains("Signature and comment signature verified", "version:3");
  }

  @Test
  void whatMinisignSignsIsVerified() throws Exception {
    requireMinisign();
    Path secret = folder.resolve("m.key");
    Path open = folder.resolve("m.pub");
    String made = said("minisign", "-G", "-W", "-p", open.toString(), "-s", secret.toString());
    assertThat(made).contains("RW");
    SignerId signer = SignerId.parse(Files.readAllLines(open).getLast());
    assertThat(Files.readString(open)).contains(signer.number()).contains(signer.text());
    ring().signers().trust("mini", signer);
    Path file = file(new byte[100_000]);
    for (List<String> form : List.of(List.of("-H"), List.of("-l"))) {
      String ignored =
          said("minisign", "-S", form.getFirst(), "-s", secret.toString(), "-m", file.toString());
      assertThat(verify(file).signer()).isEqualTo("mini");
      assertThat(ring().signers().verifyCopy(file, file, Optional.of("mini")).number())
          .isEqualTo(signer.number());
    }
  }
}

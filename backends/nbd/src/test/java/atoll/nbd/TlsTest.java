package atoll.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.Clock;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ends by TLS, with certificates that OpenSSL has made. */
@Timeout(300)
class TlsTest {
  @TempDir private static Path certificates;
  @TempDir private Path folder;

  private final MemoryExport export = new MemoryExport();

  @BeforeAll
  static void makeCertificates() throws Exception {
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -keyout ca-key.pem -out ca.pem -days 9 -subj /CN=ca");
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout x.pem -out strange.pem -days 9 -subj /CN=x");
    Files.writeString(certificates.resolve("names"), "subjectAltName=DNS:localhost");
    for (String kind :
        new String[] {"rsa:2048", "ed25519", "ec -pkeyopt ec_paramgen_curve:P-384"}) {
      String name = kind.substring(0, 2);
      openssl(
          "req -newkey %s -nodes -keyout %s-key.pem -out %s.csr -subj /CN=%s"
              .formatted(kind, name, name, name));
      openssl(
          ("x509 -req -in %s.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 9"
                  + " -extfile names -out %s.pem")
              .formatted(name, name));
    }
    openssl("rsa -traditional -in rs-key.pem -out rs-old.pem");
    openssl("ec -in ec-key.pem -out ec-old.pem");
    openssl("rsa -aes128 -passout pass:secret -in rs-key.pem -out rs-secret.pem");
    openssl("pkcs8 -topk8 -passout pass:secret -in rs-key.pem -out rs-secret8.pem");
  }

  private static void openssl(String words) throws Exception {
    String[] command = ("openssl " + words).split(" ", -1);
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(certificates.toFile())
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(words + ": " + said).isZero();
    } catch (IOException e) {
      assumeTrue(false, "openssl is not installed");
    }
  }

  @BeforeEach
  void fill() throws IOException {
    byte[] bytes = new byte[MemoryExport.SIZE];
    new Random(3).nextBytes(bytes);
    export.write(0, MemorySegment.ofArray(bytes));
  }

  private static Optional<Path> file(String name) {
    return Optional.of(certificates.resolve(name));
  }

  private static TlsFiles trusting(String authority) {
    return new TlsFiles(file(authority), Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static TlsFiles showing(Optional<Path> authority, String certificate, String key) {
    return new TlsFiles(authority, file(certificate), file(key), Optional.empty());
  }

  private ServedExport serve(TlsFiles files) {
    return ServedExport.at(folder.resolve("s"), export, Optional.of(files), 8);
  }

  private static NbdClient client(ServedExport served, TlsFiles files) throws IOException {
    NbdAddress address = new NbdAddress(served.address().endpoint(), "disk", Optional.of(files));
    return new NbdClient(address, Clock.host(), text -> {});
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rs.pem rs-key.pem",
        "rs.pem rs-old.pem",
        "ec.pem ec-key.pem",
        "ec.pem ec-old.pem",
        "ed.pem ed-key.pem"
      })
  void everyKindOfKeyServes(String names) throws IOException {
    String[] files = names.split(" ", -1);
    try (ServedExport served = serve(showing(Optional.empty(), files[0], files[1]));
        NbdClient client = client(served, trusting("ca.pem"))) {
      byte[] all = new byte[MemoryExport.SIZE];
      client.read(0, MemorySegment.ofArray(all));
      assertThat(Arrays.equals(all, export.bytes())).isTrue();
      all[5] ^= 1;
      client.write(0, MemorySegment.ofArray(all));
      client.flush();
      assertThat(Arrays.equals(all, export.bytes())).isTrue();
    }
  }

  @Test
  void aServerThatIsNotTrustedIsNotUsed() throws IOException {
    try (ServedExport served = serve(showing(Optional.empty(), "rs.pem", "rs-key.pem"))) {
      for (TlsFiles files :
          new TlsFiles[] {
            TlsFiles.USUAL,
            trusting("strange.pem"),
            new TlsFiles(
                file("ca.pem"), Optional.empty(), Optional.empty(), Optional.of("elsewhere"))
          }) {
        assertThatThrownBy(() -> client(served, files)).isInstanceOf(IOException.class);
      }
      NbdAddress plain = new NbdAddress(served.address().endpoint(), "disk", Optional.empty());
      assertThatThrownBy(() -> new NbdClient(plain, Clock.host(), text -> {}))
          .hasMessageContaining("its server wants TLS");
    }
  }

  @Test
  void aServerCanAskWhoItsClientsAre() throws IOException {
    try (ServedExport served = serve(showing(file("ca.pem"), "rs.pem", "rs-key.pem"))) {
      try (NbdClient client = client(served, showing(file("ca.pem"), "ec.pem", "ec-key.pem"))) {
        client.read(0, MemorySegment.ofArray(new byte[512]));
      }
      assertThatThrownBy(() -> client(served, trusting("ca.pem"))).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> client(served, showing(file("ca.pem"), "strange.pem", "x.pem")))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aServerWithoutTlsIsSaidToBeSo() {
    try (ServedExport served = ServedExport.at(folder.resolve("s"), export)) {
      assertThatThrownBy(() -> client(served, trusting("ca.pem")))
          .hasMessageContaining("does not use TLS");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rs.pem rs-secret.pem an encrypted key",
        "rs.pem rs-secret8.pem an encrypted key",
        "rs.pem ca.pem has no private key",
        "names rs-key.pem has no certificate",
        "gone.pem rs-key.pem no such file"
      })
  void filesThatAreNotWhatTheyShouldBeAreRefused(String names) {
    String[] words = names.split(" ", 3);
    assertThatThrownBy(() -> serve(showing(Optional.empty(), words[0], words[1])))
        .hasMessageContaining(words[2]);
  }
}

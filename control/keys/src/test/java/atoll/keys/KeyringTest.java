package atoll.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostException;
import atoll.image.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class KeyringTest {
  @TempDir private Path folder;

  private Keyring ring() {
    return new Keyring(folder.resolve("atoll"));
  }

  private PublicId other() {
    return new Keyring(folder.resolve("other")).make("key");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aKeyIsKeptInAFileThatNobodyElseCanRead() throws IOException {
    PublicId made = ring().make("host");
    Path file = folder.resolve("atoll/keys/host.pem");

    assertThat(ring().show("host")).isEqualTo(made);
    assertThat(made.text()).matches("ed25519:[A-Za-z0-9+/]{43}=");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
        .isEqualTo("rwx------");
    assertThat(file.getParent().toFile().list()).containsExactly("host.pem");
  }

  @Test
  void aKeyIsNeverReplaced() {
    PublicId made = ring().make("host");
    assertThatThrownBy(() -> ring().make("host"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("already");
    assertThat(ring().show("host")).isEqualTo(made);
    assertThat(ring().make("release")).isNotEqualTo(made);
    assertThat(ring().own()).containsOnlyKeys("host", "release");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aKeyThatOthersCanReadIsNotUsed() throws IOException {
    ring().make("host");
    Files.setPosixFilePermissions(
        folder.resolve("atoll/keys/host.pem"), PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> ring().show("host"))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("chmod 600");
  }

  @Test
  void aDamagedKeyIsRefused() throws IOException {
    ring().make("host");
    Path file = folder.resolve("atoll/keys/host.pem");
    String whole = Files.readString(file);
    ring().make("another");
    String another = Files.readString(folder.resolve("atoll/keys/another.pem"));
    String mixed =
        whole.substring(0, whole.indexOf("-----BEGIN PUBLIC"))
            + another.substring(another.indexOf("-----BEGIN PUBLIC"));
    for (String damaged : new String[] {"", "text", whole.substring(0, 90), mixed}) {
      Files.writeString(file, damaged);
      assertThatThrownBy(() -> ring().show("host"))
          .isInstanceOf(HostException.class)
          .hasMessageContaining("damaged");
    }
  }

  @Test
  void aKeyThatIsNotThereIsMissedWithTheCommandThatMakesIt() {
    assertThatThrownBy(() -> ring().show("host")).hasMessageContaining("atoll keys new");
    assertThatThrownBy(() -> ring().tls()).hasMessageContaining("atoll keys new");
  }

  @Test
  void namesThatCouldLeadElsewhereAreRefused() {
    for (String name : new String[] {"", "../x", "a/b", "Upper", ".hidden", "a b"}) {
      assertThatThrownBy(() -> ring().make(name)).isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void aHostIsTrustedUntilItIsForgotten() {
    PublicId key = other();
    ring().trust("lab", key);
    ring().trust("lab", key);
    assertThat(ring().trusted()).containsEntry("lab", key).hasSize(1);
    assertThat(ring().name(key)).hasValue("lab");

    assertThatThrownBy(() -> ring().trust("lab", ring().make("x"))).hasMessageContaining("forget");
    assertThatThrownBy(() -> ring().trust("desk", key)).hasMessageContaining("'lab' already");
    assertThatThrownBy(() -> ring().forget("lap")).hasMessageContaining("did you mean lab?");
    ring().forget("lab");
    assertThat(ring().name(key)).isEmpty();
    assertThatThrownBy(() -> ring().forget("lab")).isInstanceOf(RefusedException.class);
  }

  @Test
  void aHostTrustsItself() {
    assertThat(ring().name(ring().make("host"))).isPresent();
    assertThat(ring().name(ring().make("release"))).isEmpty();
  }

  @Test
  void aWrongLineOfTheListOfHostsIsNamed() throws IOException {
    ring().trust("lab", other());
    Path hosts = folder.resolve("atoll/hosts");
    Files.writeString(hosts, Files.readString(hosts) + "\n# a remark\ndesk ed25519:xyz\n");
    assertThatThrownBy(() -> ring().trusted()).hasMessageContaining("hosts:5:");
    Files.writeString(hosts, "desk\n");
    assertThatThrownBy(() -> ring().trusted()).hasMessageContaining("hosts:1: 'desk', expected");
  }

  @Test
  void whatIsNoPublicKeyIsRefused() {
    String good = ring().make("host").text();
    for (String bad :
        new String[] {"", "ed25519:", good + "A", good.substring(0, 40), good.substring(8)}) {
      assertThatThrownBy(() -> new PublicId(bad))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("atoll keys show");
    }
  }
}

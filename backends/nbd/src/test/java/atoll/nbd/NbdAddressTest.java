package atoll.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The addresses of exports, as people and QEMU write them. */
class NbdAddressTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nbd://host                          | nbd://host/",
        "nbd://host/                         | nbd://host/",
        "nbd://host:10809/a%20b/c            | nbd://host/a%20b/c",
        "nbd+tcp://host:1/x                  | nbd://host:1/x",
        "nbd://[::1]:77/x                    | nbd://[::1]:77/x",
        "nbd://my_host/x+y                   | nbd://my_host/x%2By",
        "nbd://host//x                       | nbd://host//x",
        "nbds://host/x?tls-ca=/ca.pem        | nbds://host/x",
        "nbd+unix:///x?socket=/run/n.sock    | nbd+unix:///x?socket=/run/n.sock",
        "nbds+unix://?socket=n%26.sock       | nbds+unix:///?socket=n%26.sock",
        "nbd:host:99                         | nbd://host:99/",
        "nbd:[::1]:10809:exportname=a:b      | nbd://[::1]/a%3Ab",
        "nbd:unix:/run/n:exportname=x        | nbd+unix:///x?socket=/run/n",
        "nbd:unix:/run/n                     | nbd+unix:///?socket=/run/n"
      })
  void anAddressIsReadAndWritten(String text, String written) {
    NbdAddress address = NbdAddress.parse(text);
    assertThat(address).hasToString(written);
    assertThat(NbdAddress.parse(written).endpoint()).isEqualTo(address.endpoint());
    assertThat(NbdAddress.parse(written).export()).isEqualTo(address.export());
    assertThat(NbdAddress.looksLike(text)).isTrue();
  }

  @Test
  void parametersSayHowTheServerIsConnectedTo() {
    NbdAddress address =
        NbdAddress.parse(
            "nbds://h/x?tls-ca=a.pem&tls-cert=c.pem&tls-key=k.pem&tls-hostname=o&reconnect=30&timeout=5");
    assertThat(address.tls())
        .contains(
            new TlsFiles(
                Optional.of(Path.of("a.pem")),
                Optional.of(Path.of("c.pem")),
                Optional.of(Path.of("k.pem")),
                Optional.of("o")));
    assertThat(address.reconnect()).isEqualTo(Duration.ofSeconds(30));
    assertThat(address.patience()).isEqualTo(Duration.ofSeconds(5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nbd://                      | has no host",
        "nbd:///x                    | has no host",
        "nbd://me@host/              | has no host that can be read",
        "nbd://host:0/               | has port 0",
        "nbd://host:65536/           | has port 65536",
        "nbd:/x                      | is not the address",
        "nbd:host                    | is not the address",
        "nbd+vsock://1/x             | is not the address",
        "nbd://host/x#y              | is not the address",
        "nbd://host/%zz              | percent sign",
        "nbd://host/x?socket=/s      | is not of nbd+unix",
        "nbd+unix:///x               | does not say its socket",
        "nbd+unix://host/x?socket=/s | has a host and a socket",
        "nbd://host/x?tls-ca=/ca     | does not use it",
        "nbds://host/x?tls-key=/k    | no tls-cert",
        "nbds://host/x?tls-psk-file=k| use certificates",
        "nbd://host/x?reconect=1     | has 'reconect=1', which is none of",
        "nbd://host/x?reconnect=1h   | no number of seconds",
        "nbd://host/x?timeout=0      | timeout=0"
      })
  void whatIsNoneIsRefusedWithASentence(String text, String why) {
    assertThatThrownBy(() -> NbdAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(text)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk.img", "/nbd/x", "nbd", "nbd-disk:1", "file:nbd://x"})
  void filesAreNotTakenForAddresses(String name) {
    assertThat(NbdAddress.looksLike(name)).isFalse();
  }
}

package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignedTextTest {
  private static final String BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n";
  private static final String END =
      "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";

  private static SignedText read(String message) throws IOException {
    return SignedText.clear(message.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void theTextIsWhatStandsBetweenHeadersAndSignatures() throws IOException {
    SignedText signed = read(BEGIN + "Suite: stable\n\n b\n" + END);
    assertThat(signed.text()).isEqualTo("Suite: stable\n\n b");
    assertThat(signed.signatures()).isEqualTo(END);
  }

  @Test
  void blanksAtTheEndsOfLinesAndTheWayLinesEndAreNotSigned() throws IOException {
    assertThat(read(BEGIN + "a \t\nb\r\n" + END).text()).isEqualTo("a\nb");
  }

  @Test
  void dashesAreUnescaped() throws IOException {
    assertThat(read(BEGIN + "- -----BEGIN PGP SIGNATURE-----\n- - a\n" + END).text())
        .isEqualTo("-----BEGIN PGP SIGNATURE-----\n- a");
  }

  @Test
  void bytesAreKept() throws IOException {
    assertThat(read(BEGIN + "\u00e4\u00a0\u0085\u00ff\n" + END).text())
        .isEqualTo("\u00e4\u00a0\u0085\u00ff");
  }

  @Test
  void whatStandsOutsideIsRefusedSinceItIsNotSigned() {
    assertThatThrownBy(() -> read("Suite: evil\n" + BEGIN + "a\n" + END))
        .hasMessageContaining("is not a signed text");
    assertThatThrownBy(() -> read(BEGIN + "a\n" + END + "Suite: evil\n"))
        .hasMessageContaining("goes on behind the signatures");
    assertThatThrownBy(() -> read("-----BEGIN PGP SIGNED MESSAGE-----\nSuite: evil\n\na\n" + END))
        .hasMessageContaining("unknown header, 'Suite: evil'");
  }

  @ParameterizedTest
  @CsvSource({
    "'<html>log in</html>', is not a signed text",
    "'', is not a signed text",
    "'-----BEGIN PGP SIGNED MESSAGE-----', ends before",
    "'-----BEGIN PGP SIGNED MESSAGE-----\n\na', ends before",
    "'-----BEGIN PGP SIGNED MESSAGE-----\n\n-----BEGIN PGP SIGNATURE-----\nab', ends before",
    "'-----BEGIN PGP SIGNED MESSAGE-----\n\n-----BEGIN PGP SIGNED MESSAGE-----', unexpected line",
  })
  void whatIsNoSignedTextIsRefused(String message, String reason) {
    assertThatThrownBy(() -> read(message))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason);
  }
}

package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LineEndingsTest {
  private final LineEndings endings = new LineEndings();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void aBareLineFeedGetsItsReturn() throws IOException {
    write("xv6 kernel\nis booting\n\n");
    assertThat(shown()).isEqualTo("xv6 kernel\r\nis booting\r\n\r\n");
  }

  @Test
  void aGuestThatSendsReturnsIsLeftAlone() throws IOException {
    write("Linux\r\nvi moves down:\n here");
    assertThat(shown()).isEqualTo("Linux\r\nvi moves down:\n here");
  }

  @Test
  void aReturnAndItsLineFeedMayComeApart() throws IOException {
    write("a\r");
    write("\nb\n");
    assertThat(shown()).isEqualTo("a\r\nb\n");
  }

  @Test
  void itKnowsWhetherALineIsFinished() throws IOException {
    assertThat(endings.atLineStart()).isTrue();
    write("login: ");
    assertThat(endings.atLineStart()).isFalse();
    endings.interrupted();
    assertThat(endings.atLineStart()).isTrue();
  }

  private void write(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    endings.write(bytes, 0, bytes.length, out);
  }

  private String shown() {
    return out.toString(StandardCharsets.US_ASCII);
  }
}

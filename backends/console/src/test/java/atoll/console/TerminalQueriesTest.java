package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalQueriesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\033[6n",
        "\033[?6n",
        "\033[5n",
        "\033[c",
        "\033[>0c",
        "\033[=c",
        "\033Z",
        "\033[?2026$p",
        "\033]10;?\007",
        "\033]4;1;?\033\\"
      })
  void questionsAreNotAskedAgain(String query) {
    assertThat(removed("before" + query + "after")).isEqualTo("beforeafter");
  }

  @Test
  void everythingElseIsLeft() {
    String text =
        "\033[1;34mbin\033[0m\033[?1049h\033[10;20H\033[K\033]0;title\007 nc -c\r\n"
            + (char) 0xc3
            + (char) 0xa4;
    assertThat(removed(text)).isEqualTo(text);
  }

  private static String removed(String text) {
    byte[] bytes = TerminalQueries.removed(text.getBytes(StandardCharsets.ISO_8859_1));
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}

package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ScreenTextTest {
  private static String plain(String sent) {
    return new String(ScreenText.plain(Bytes.of(sent)).array(), StandardCharsets.UTF_8);
  }

  @Test
  void textColoursAndMovementsInALineAreShownAgain() {
    String shown = "\033[01;34mbin\033[0m  \033[Kgrün\r\n# \b\tls";
    assertThat(plain(shown)).isEqualTo(shown);
  }

  @Test
  void whatTheTerminalWouldAnswerIsNotAskedAgain() {
    assertThat(plain("a\033[6n\033[c\033]11;?\007\033P+q544e\033\\\005b")).isEqualTo("ab");
  }

  @Test
  void modesAreLeftToThoseWhoSetThem() {
    assertThat(plain("\033[?2004h# \033[?25l\033(0\033=\033[2J\033[3;4H.")).isEqualTo("# .");
  }

  @Test
  void aProgramThatHasTheWholeScreenDrawsItItself() {
    assertThat(plain("# vi\r\n\033[?1049h~\r\n~\r\n")).isEmpty();
    assertThat(plain("# vi\r\n\033[?1049h~\033[?1049l# ")).startsWith("# vi").endsWith("# ");
  }

  @Test
  void aWindowOfItIsShown() {
    assertThat(plain("line\r\n".repeat(1000) + "# "))
        .isEqualTo("\n" + "line\r\n".repeat(49) + "# ");
    assertThat(plain("")).isEmpty();
  }

  @Test
  void whatWasCutOffIsLeftOut() {
    assertThat(plain("a\033[3")).isEqualTo("a");
    assertThat(plain("a\033")).isEqualTo("a");
    assertThat(plain("a\033]0;title")).isEqualTo("a");
  }
}

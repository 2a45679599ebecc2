package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ScreenModesTest {
  private final ScreenModes modes = new ScreenModes();

  @Test
  void plainTextNeedsNothing() {
    follow("login: root\r\n");
    assertThat(modes.restoring()).isEmpty();
  }

  @Test
  void coloursAreReset() {
    follow("\033[1;34mbin\033[0m");
    assertThat(modes.restoring()).isEqualTo("\033[0m");
  }

  @Test
  void theAlternateScreenIsLeftAndTheCursorShown() {
    follow("\033[?1049h\033[?25l\033[?1h~");
    assertThat(modes.restoring()).isEqualTo("\033[0m\033[?1l\033[?1049l\033[?25h");
  }

  @Test
  void whatTheGuestHasUndoneItselfIsNotUndoneAgain() {
    follow("\033[?1049;25h text \033[?1049l");
    assertThat(modes.restoring()).isEqualTo("\033[0m");
  }

  @Test
  void whatWasRestoredCanBeEstablishedAgain() {
    follow("\033[?1049h\033[?25l\033[?1h~");
    assertThat(modes.fullScreen()).isTrue();
    assertThat(modes.establishing()).isEqualTo("\033[?1h\033[?1049h\033[?25l");
    follow("\033[?1049l\033[?25h\033[?1l");
    assertThat(modes.fullScreen()).isFalse();
    assertThat(modes.establishing()).isEmpty();
  }

  @Test
  void aSequenceMayComeInPieces() {
    follow("\033");
    follow("[?10");
    follow("49h");
    assertThat(modes.restoring()).isEqualTo("\033[0m\033[?1049l");
  }

  @Test
  void anAbsurdNumberIsNotRemembered() {
    follow("\033[?99999999999999999999999999h");
    assertThat(modes.restoring()).isEqualTo("\033[0m");
  }

  private void follow(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    modes.follow(bytes, 0, bytes.length);
  }
}

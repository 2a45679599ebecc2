package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ScrollbackTest {
  private final Scrollback scrollback = new Scrollback(16);

  @Test
  void theTailIsWholeLinesAndTheUnfinishedOne() {
    write("one\ntwo\nthree\n> ");
    assertThat(text(scrollback.tail(1))).isEqualTo("three\n> ");
    assertThat(text(scrollback.tail(2))).isEqualTo("two\nthree\n> ");
    assertThat(text(scrollback.tail(9))).isEqualTo("one\ntwo\nthree\n> ");
  }

  @Test
  void whatIsOverwrittenIsForgottenByWholeLines() {
    write("one\ntwo\n");
    write("three\nfour\n");
    assertThat(text(scrollback.all())).isEqualTo("two\nthree\nfour\n");
    scrollback.write('!');
    assertThat(text(scrollback.all())).isEqualTo("three\nfour\n!");
  }

  @Test
  void moreThanItHoldsAtOnceLeavesTheLast() {
    write("0123456789\nabcdefghij\nxyz");
    assertThat(text(scrollback.all())).isEqualTo("abcdefghij\nxyz");
  }

  @Test
  void aLineLongerThanItHoldsIsCut() {
    write("0123456789abcdefghij");
    assertThat(text(scrollback.all())).isEqualTo("456789abcdefghij");
  }

  private void write(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    scrollback.write(bytes, 0, bytes.length);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}

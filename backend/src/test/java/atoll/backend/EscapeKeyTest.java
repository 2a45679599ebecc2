package atoll.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EscapeKeyTest {
  private final List<String> notes = new ArrayList<>();
  private int quits;
  private final EscapeKey escape =
      new EscapeKey(List.of(new EscapeCommand('x', "quits", () -> quits++)), notes::add);

  @Test
  void otherBytesPassUntouched() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) (i == 1 ? 0 : i);
    }
    byte[] bytes = all.clone();
    assertThat(escape.filter(bytes, bytes.length)).isEqualTo(256);
    assertThat(bytes).isEqualTo(all);
  }

  @Test
  void aCommandRunsAndReachesTheGuestNot() {
    assertThat(typed("ls\001x\r")).isEqualTo("ls\r");
    assertThat(quits).isEqualTo(1);
  }

  @Test
  void theEscapeMayBeSplitOverTwoReads() {
    assertThat(typed("ab\001")).isEqualTo("ab");
    assertThat(typed("xcd")).isEqualTo("cd");
    assertThat(quits).isEqualTo(1);
  }

  @Test
  void upperCaseIsTheSameCommand() {
    typed("\001X");
    assertThat(quits).isEqualTo(1);
  }

  @Test
  void theEscapeSendsItself() {
    assertThat(typed("\001a|\001A|\001\001|")).isEqualTo("\001|\001|\001|");
    assertThat(typed("x")).isEqualTo("x");
    assertThat(quits).isZero();
  }

  @Test
  void helpListsEveryCommand() {
    assertThat(typed("\001h")).isEmpty();
    assertThat(notes)
        .containsExactly(
            "Ctrl-a x  quits",
            "Ctrl-a h  shows this help",
            "Ctrl-a a  sends Ctrl-a itself to the guest");
  }

  @Test
  void anUnknownKeyIsSwallowedAndExplained() {
    assertThat(typed("\001q\001\033")).isEmpty();
    assertThat(notes)
        .containsExactly(
            "Ctrl-a q is no command; Ctrl-a h lists them.",
            "That key after Ctrl-a is no command; Ctrl-a h lists them.");
  }

  @Test
  void theGreetingSaysHowToLeave() {
    assertThat(escape.greeting())
        .isEqualTo("Ctrl-a x quits, Ctrl-a h helps, Ctrl-a a sends Ctrl-a.");
  }

  @Test
  void aKeyThatCannotBeTypedIsRefused() {
    assertThatThrownBy(() -> new EscapeCommand('X', "quits", () -> {}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private String typed(String keys) {
    byte[] bytes = keys.getBytes(StandardCharsets.ISO_8859_1);
    return new String(bytes, 0, escape.filter(bytes, bytes.length), StandardCharsets.ISO_8859_1);
  }
}

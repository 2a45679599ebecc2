package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EscapeKeyTest {
  private final List<String> notes = new ArrayList<>();
  private final StringBuilder typed = new StringBuilder();
  private final EscapeKey escape =
      new EscapeKey(
          List.of(new EscapeCommand('x', "quits", this::quit)),
          (bytes, offset, length) ->
              typed.append(new String(bytes, offset, length, StandardCharsets.ISO_8859_1)),
          action -> ((EscapeCommand.Action.Run) action).body().run(),
          notes::add);

  private void quit() {
    typed.append("<quit>");
  }

  @Test
  void otherBytesPassUntouched() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) (i == 1 ? 0 : i);
    }
    byte[] bytes = all.clone();
    escape.accept(bytes, bytes.length);
    assertThat(typed.toString().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(all);
  }

  @Test
  void aCommandRunsBetweenTheKeysAroundItAndReachesTheGuestNot() {
    assertThat(typed("ls\001x\r")).isEqualTo("ls<quit>\r");
  }

  @Test
  void theEscapeMayBeSplitOverTwoReads() {
    assertThat(typed("ab\001")).isEqualTo("ab");
    assertThat(typed("xcd")).isEqualTo("<quit>cd");
  }

  @Test
  void upperCaseIsTheSameCommand() {
    assertThat(typed("\001X")).isEqualTo("<quit>");
  }

  @Test
  void theEscapeSendsItself() {
    assertThat(typed("\001a|\001A|\001\001|")).isEqualTo("\001|\001|\001|");
    assertThat(typed("x")).isEqualTo("x");
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
            "Ctrl-a q is not a command; Ctrl-a h lists them.",
            "That key after Ctrl-a is not a command; Ctrl-a h lists them.");
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
    typed.setLength(0);
    escape.accept(bytes, bytes.length);
    return typed.toString();
  }
}

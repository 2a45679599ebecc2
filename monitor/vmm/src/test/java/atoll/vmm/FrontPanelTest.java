package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FrontPanelTest {
  private static Map<String, OptionalInt> buttons(String... names) {
    Map<String, OptionalInt> buttons = new LinkedHashMap<>();
    for (String name : names) {
      buttons.put(name, OptionalInt.empty());
    }
    return buttons;
  }

  @Test
  void aButtonHasTheKeyOfItsNameOrTheNextThatIsFree() {
    Map<String, OptionalInt> asked = buttons("user", "power", "other");
    asked.put("third", OptionalInt.of(0x101));
    assertThat(FrontPanel.of(asked, List.of("status")).buttons())
        .containsExactly(
            new FrontPanel.Button("user", 0x100),
            new FrontPanel.Button("power", 116),
            new FrontPanel.Button("other", 0x102),
            new FrontPanel.Button("third", 0x101));
  }

  @Test
  void namesAndKeysAreThereOnce() {
    assertThatThrownBy(() -> FrontPanel.of(buttons("user"), List.of("user")))
        .isInstanceOf(VmException.class)
        .hasMessage("there are two buttons or LEDs 'user'; give each a name of its own");
    Map<String, OptionalInt> same = new LinkedHashMap<>(buttons("power"));
    same.put("off", OptionalInt.of(116));
    assertThatThrownBy(() -> FrontPanel.of(same, List.of()))
        .hasMessage("another button has key 116 of button 'off'; give it a number of its own");
    assertThatThrownBy(() -> FrontPanel.of(Map.of("off", OptionalInt.of(0x300)), List.of()))
        .hasMessageStartingWith("768 is no number of a key");
    assertThatThrownBy(() -> FrontPanel.of(buttons("Off"), List.of()))
        .hasMessageStartingWith("'Off' is no name of a button or an LED");
    String[] many = IntStream.range(0, 11).mapToObj(n -> "b" + n).toArray(String[]::new);
    assertThatThrownBy(() -> FrontPanel.of(buttons(many), List.of()))
        .hasMessage("there is no free key for button 'b10'; give it the number of one");
  }

  @Test
  void whatIsAddedTakesThePlaceOfWhatIsCalledTheSame() {
    FrontPanel usual = FrontPanel.of(buttons("power"), List.of());
    FrontPanel more = FrontPanel.of(Map.of("power", OptionalInt.of(142)), List.of("status"));
    assertThat(usual.with(more)).isEqualTo(more);
    assertThat(usual.with(FrontPanel.NONE)).isEqualTo(usual);
  }
}

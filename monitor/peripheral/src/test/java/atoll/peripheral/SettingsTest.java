package atoll.peripheral;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private final Settings settings =
      new Settings(Map.of("unit", "kelvin", "rate", "0x1_0", "loud", "true", "odd", "7.5"));

  @Test
  void whatIsWrittenIsReadAsTheDeviceAsksForIt() {
    assertThat(settings.text("unit", "celsius")).isEqualTo("kelvin");
    assertThat(settings.text("place", "here")).isEqualTo("here");
    assertThat(settings.number("rate", 1, 16, 5)).isEqualTo(16);
    assertThat(settings.number("gain", 1, 16, 5)).isEqualTo(5);
    assertThat(settings.flag("loud", false)).isTrue();
    assertThat(settings.flag("deaf", true)).isTrue();
  }

  @Test
  void whatIsWrongIsSaidWithTheValueAndWhatWasExpected() {
    assertThatThrownBy(() -> settings.number("rate", 1, 15, 5))
        .isInstanceOf(SettingException.class)
        .hasMessage("setting 'rate' is '0x1_0', expected a whole number from 1 to 15");
    assertThatThrownBy(() -> settings.number("odd", 0, 9, 1))
        .hasMessage("setting 'odd' is '7.5', expected a whole number from 0 to 9");
    assertThatThrownBy(() -> settings.flag("unit", false))
        .hasMessage("setting 'unit' is 'kelvin', expected true or false");
  }

  @Test
  void whatNobodyAsksForIsRefused() {
    settings.text("unit", "");
    settings.number("rate", 0, 99, 0);
    settings.flag("loud", false);
    assertThatThrownBy(settings::requireAllAsked)
        .isInstanceOf(SettingException.class)
        .hasMessage("there is no setting 'odd', expected one of [loud, rate, unit]");
    settings.text("odd", "");
    settings.requireAllAsked();
  }
}

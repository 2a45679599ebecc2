package atoll.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Buttons are pressed and LEDs seen at the front of a bare-metal guest ({@code guests/panel}). */
@ParameterizedClass
@MethodSource("atoll.api.Engines#names")
class PanelSystemTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Duration SHORT = Duration.ofMillis(30);

  @Parameter String engine;
  private AtollSystem system;
  private Vm vm;
  private Led status;

  @BeforeEach
  void start() {
    system =
        Atoll.firmware(Path.of("../../guests/panel/panel.elf"))
            .memory("16M")
            .engine(engine)
            .button("user")
            .button("power")
            .led("status")
            .start();
    vm = system.vm();
    status = vm.led("status");
    vm.console().expect("press a button", LIMIT);
  }

  @AfterEach
  void close() {
    system.close();
  }

  @Test
  void theGuestLightsAnLedAsLongAsAButtonIsHeld() {
    assertThat(status.lit()).isFalse();
    vm.button("user").hold();
    status.await(true, LIMIT);
    assertThat(status.changes()).isEqualTo(1);
    vm.button("user").release();
    status.await(false, LIMIT);
    assertThat(status.changes()).isEqualTo(2);
    vm.button("user").press(Duration.ofMillis(5));
    vm.console().expect("pressed, 2", LIMIT);
    vm.console().expect("released", LIMIT);
    assertThat(vm.powerdown(LIMIT)).isEqualTo(new Ending.PoweredOff(0));
    assertThat(status.lit()).isFalse();
  }

  @Test
  void aPressInAPauseLastsUntilTheGuestHasGoneOn() {
    vm.pause();
    vm.button("user").press(Duration.ofMillis(1));
    assertThat(status.lit()).isFalse();
    vm.resume();
    vm.console().expect("pressed, 1", LIMIT);
    vm.console().expect("released", LIMIT);
  }

  @Test
  void anotherLifeBeginsWithoutLightAndWithoutPresses() {
    vm.button("user").hold();
    status.await(true, LIMIT);
    vm.reset();
    vm.console().expect("press a button", LIMIT);
    assertThat(status.lit()).isFalse();
    assertThat(status.changes()).isZero();
    vm.button("user").press();
    vm.console().expect("pressed, 1", LIMIT);
  }

  @Test
  void whatCannotBeIsSaidInASentence() {
    assertThatThrownBy(() -> vm.button("usr"))
        .isInstanceOf(AtollException.class)
        .hasMessage("vm has no button 'usr', expected one of [user, power]");
    assertThatThrownBy(() -> vm.led("power"))
        .hasMessage("vm has no LED 'power', expected one of [status]");
    assertThatThrownBy(() -> vm.button("user").press(Duration.ofHours(2)))
        .hasMessage("a button is pressed for up to 1 h, not for 2 h; hold it for longer");
    ExpectationException failure =
        catchThrowableOfType(ExpectationException.class, () -> status.await(true, SHORT));
    assertThat(failure)
        .hasMessageStartingWith("LED status of vm has not gone on within 30 ms of guest time")
        .hasMessageContaining("press a button");
    vm.stop();
    assertThatThrownBy(() -> vm.button("user").press()).hasMessage("vm is stopped; start it first");
  }
}

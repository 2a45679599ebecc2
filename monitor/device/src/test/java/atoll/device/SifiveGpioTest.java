package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SifiveGpioTest {
  private static final int INPUT_VAL = 0x00;
  private static final int INPUT_EN = 0x04;
  private static final int OUTPUT_EN = 0x08;
  private static final int OUTPUT_VAL = 0x0c;
  private static final int RISE_IE = 0x18;
  private static final int RISE_IP = 0x1c;
  private static final int FALL_IE = 0x20;
  private static final int FALL_IP = 0x24;
  private static final int HIGH_IE = 0x28;
  private static final int HIGH_IP = 0x2c;
  private static final int LOW_IP = 0x34;
  private static final int OUT_XOR = 0x40;

  private final Wire zero = new Wire();
  private final Wire one = new Wire();
  private final SifiveGpio gpio = new SifiveGpio(List.of(zero, one));

  private void edge(int pin) {
    gpio.pin(pin).set(true);
    gpio.pin(pin).set(false);
  }

  @Test
  void aPinIsSeenOnceItsInputIsEnabled() {
    gpio.pin(1).set(true);
    assertThat(gpio.read(INPUT_VAL, 4)).isZero();
    gpio.write(INPUT_EN, 4, 3);
    assertThat(gpio.read(INPUT_VAL, 4)).isEqualTo(2);
  }

  @Test
  void aRisingEdgeInterruptsOnThePinsOwnLineUntilItIsCleared() {
    gpio.write(INPUT_EN, 4, 3);
    gpio.write(RISE_IE, 4, 2);
    edge(0);
    assertThat(one.high).isFalse();
    edge(1);
    assertThat(one.high).isTrue();
    assertThat(zero.high).isFalse();
    assertThat(gpio.read(RISE_IP, 4)).isEqualTo(3);
    gpio.write(RISE_IP, 4, 2);
    assertThat(one.high).isFalse();
    assertThat(gpio.read(RISE_IP, 4)).isEqualTo(1);
  }

  @Test
  void aFallingEdgeIsNotARisingOne() {
    gpio.write(INPUT_EN, 4, 1);
    gpio.write(FALL_IE, 4, 1);
    gpio.pin(0).set(true);
    assertThat(zero.high).isFalse();
    gpio.pin(0).set(false);
    assertThat(zero.high).isTrue();
    assertThat(gpio.read(FALL_IP, 4)).isEqualTo(1);
  }

  @Test
  void aLevelInterruptsAgainWhileItLasts() {
    gpio.write(INPUT_EN, 4, 1);
    gpio.write(HIGH_IE, 4, 1);
    gpio.pin(0).set(true);
    gpio.write(HIGH_IP, 4, 1);
    assertThat(zero.high).isTrue();
    gpio.pin(0).set(false);
    gpio.write(HIGH_IP, 4, 1);
    assertThat(zero.high).isFalse();
    assertThat(gpio.read(LOW_IP, 4)).isEqualTo(1);
  }

  @Test
  void outputsReadBackForThePinsThereAre() {
    gpio.write(OUTPUT_VAL, 4, 0xffff_ffffL);
    assertThat(gpio.read(OUTPUT_VAL, 4)).isEqualTo(3);
  }

  @Test
  void onlyAlignedWordsOfItsRegistersAreDecoded() {
    assertThat(gpio.decodes(0x40, 4, true)).isTrue();
    assertThat(gpio.decodes(0x44, 4, true)).isFalse();
    assertThat(gpio.decodes(1, 4, false)).isFalse();
    assertThat(gpio.decodes(0, 2, false)).isFalse();
  }

  @Test
  void thereAreOneTo32Pins() {
    assertThatThrownBy(() -> new SifiveGpio(List.of()))
        .hasMessage("a GPIO controller has 1 to 32 pins, not 0");
    List<InterruptLine> many = Collections.nCopies(33, zero);
    assertThatThrownBy(() -> new SifiveGpio(many)).hasMessageContaining("not 33");
    assertThatThrownBy(() -> gpio.pin(2)).hasMessage("pin 2 of 2");
  }

  @Test
  void restoredStateIsTheSameController() {
    gpio.write(INPUT_EN, 4, 3);
    gpio.write(RISE_IE, 4, 3);
    gpio.pin(1).set(true);
    SifiveGpio.State state = gpio.state();
    Wire copyZero = new Wire();
    Wire copyOne = new Wire();
    SifiveGpio copy = new SifiveGpio(List.of(copyZero, copyOne));
    copy.restore(state);
    assertThat(copy.state()).isEqualTo(state);
    assertThat(copyOne.high).isTrue();
    assertThat(copyZero.high).isFalse();
  }

  @Test
  void anOutputDrivesWhatIsWiredToItAndIsReadBack() {
    Wire lamp = new Wire();
    gpio.output(1, lamp);
    gpio.write(OUTPUT_VAL, 4, 2);
    assertThat(lamp.high).isFalse(); // not driven yet
    gpio.write(OUTPUT_EN, 4, 2);
    assertThat(lamp.high).isTrue();
    gpio.write(INPUT_EN, 4, 3);
    gpio.pin(1).set(false); // two drivers: the guest's own counts
    assertThat(gpio.read(INPUT_VAL, 4)).isEqualTo(2);
    gpio.write(OUT_XOR, 4, 2);
    assertThat(lamp.high).isFalse();
    assertThat(gpio.read(INPUT_VAL, 4)).isZero();
    gpio.write(OUT_XOR, 4, 0);
    gpio.write(OUTPUT_EN, 4, 0);
    assertThat(lamp.high).isFalse();
  }

  @Test
  void whatAnOutputDrivesIsDrivenAgainByARestore() {
    gpio.write(OUTPUT_EN, 4, 3);
    gpio.write(OUTPUT_VAL, 4, 1);
    SifiveGpio copy = new SifiveGpio(List.of(new Wire(), new Wire()));
    Wire lamp = new Wire();
    Wire dark = new Wire();
    copy.output(0, lamp);
    copy.output(1, dark);
    copy.restore(gpio.state());
    assertThat(lamp.high).isTrue();
    assertThat(dark.high).isFalse();
  }
}

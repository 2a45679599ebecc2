package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Temperature sensors on a bus, as a driver finds them. */
class I2cChipsTest {
  private static final int CONTROL = 2;
  private static final int DATA = 3;
  private static final int COMMAND = 4;
  private static final int NACK = 0x80;

  private OptionalInt measured = OptionalInt.empty();
  private final OpenCoresI2c bus = made();

  private OpenCoresI2c made() {
    Thermometer first = new Thermometer(() -> measured);
    Thermometer second = new Thermometer(() -> OptionalInt.of(1_000));
    return new OpenCoresI2c("bus", new I2cChips(List.of(first, second)), level -> {});
  }

  @BeforeEach
  void enable() {
    bus.plugIn();
    bus.write(CONTROL, 1, 0x80);
  }

  private boolean send(int b, int how) {
    bus.write(DATA, 1, (byte) b); // As a guest's register may have it.
    bus.write(COMMAND, 1, 0x10 | how);
    return (bus.read(COMMAND, 1) & NACK) == 0;
  }

  private int receive(int how) {
    bus.write(COMMAND, 1, 0x20 | how);
    return (int) bus.read(DATA, 1);
  }

  /** The two bytes of a register; -1 if one of the messages is refused. */
  private int register(int address, int pointer) {
    if (!send(address << 1, 0x80) || !send(pointer, 0) || !send(address << 1 | 1, 0x80)) {
      bus.write(COMMAND, 1, 0x40);
      return -1;
    }
    return receive(0) << 8 | receive(0x48);
  }

  private void put(int pointer, int... bytes) {
    assertThat(send(0x48 << 1, 0x80) && send(pointer, 0)).isTrue();
    for (int b : bytes) {
      assertThat(send(b, 0)).isTrue();
    }
    bus.write(COMMAND, 1, 0x40);
  }

  @Test
  void aTemperatureHasAsManyBitsAsTheConfigurationSays() {
    measured = OptionalInt.of(21_437);
    assertThat(register(0x48, 0)).isEqualTo(0x1570); // 12 bits: 21.4375
    measured = OptionalInt.of(-40_250);
    assertThat((short) register(0x48, 0) / 256.0).isEqualTo(-40.25);
    measured = OptionalInt.of(999_999);
    assertThat(register(0x48, 0)).isEqualTo(0x7ff0);
    assertThat(register(0x49, 0)).isEqualTo(0x0100);
    put(1, 0x62, 0xb0); // As Linux's tmp102 has it: 13 bits.
    assertThat(register(0x48, 0)).isEqualTo(0x7ff9);
    measured = OptionalInt.of(-200_500);
    assertThat(register(0x48, 0)).isEqualTo(-200 * 128 - 64 & 0xffff | 1);
  }

  @Test
  void theConfigurationIsWhatADriverOfATmp102Expects() {
    assertThat(register(0x48, 1)).isEqualTo(0x60a0);
    put(1, 0xff, 0xff);
    assertThat(register(0x48, 1)).isEqualTo(0xffd0);
    put(1, 0x00, 0x00);
    assertThat(register(0x48, 1)).isEqualTo(0x6020);
  }

  @Test
  void whatIsNotKnownIsRefusedAndTheOtherRegistersAnswer() {
    assertThat(register(0x48, 0)).isEqualTo(-1);
    assertThat(register(0x48, 2)).isEqualTo(75 << 8);
    assertThat(register(0x48, 3)).isEqualTo(80 << 8);
    put(3, 0x12, 0x3f);
    assertThat(register(0x48, 3)).isEqualTo(0x1230); // 12 bits
    assertThat(register(0x4a, 1)).isEqualTo(-1);
  }

  @Test
  void aMessageGoesOnAfterARestoreAndAnotherBusIsRefused() {
    measured = OptionalInt.of(25_500);
    put(1, 0x62, 0x80);
    assertThat(send(0x48 << 1, 0x80) && send(0, 0) && send(0x91, 0x80)).isTrue();
    assertThat(receive(0)).isEqualTo(0x19);
    OpenCoresI2c.State state = bus.state();
    OpenCoresI2c other = made();
    other.plugIn();
    other.restore(state);
    assertThat(other.state()).isEqualTo(state);
    other.write(COMMAND, 1, 0x68);
    assertThat(other.read(DATA, 1)).isEqualTo(0x80);
    OpenCoresI2c none = new OpenCoresI2c("bus", new I2cChips(List.of()), level -> {});
    assertThatThrownBy(() -> none.restore(state)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nothingThatADriverDoesIsTooMuch() {
    Random random = new Random(3);
    List<Integer> seen = new ArrayList<>();
    for (int n = 0; n < 20_000; n++) {
      measured = random.nextBoolean() ? OptionalInt.of(random.nextInt()) : OptionalInt.empty();
      int value = random.nextBoolean() ? random.nextInt(256) : 0x90 | random.nextInt(4);
      bus.write(random.nextInt(5), 1, value);
      seen.add((int) bus.read(random.nextInt(8), 1));
    }
    assertThat(seen).allMatch(value -> value >= 0 && value <= 255);
  }
}

package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ImsicTest {
  private static final int DELIVERY = 0x70;
  private static final int THRESHOLD = 0x72;
  private static final int PENDING = 0x80;
  private static final int ENABLED = 0xc0;

  private final Wire line = new Wire();
  private final ImsicFile file = new ImsicFile(line);
  private final Imsic imsic = new Imsic("imsic-s", List.of(new ImsicFile(high -> {}), file));

  private void message(int identity) {
    imsic.write(Imsic.PAGE, 4, identity);
  }

  private void enable(int identity) {
    int register = ENABLED + identity / 64 * 2;
    file.write(register, file.read(register) | 1L << identity);
  }

  @Test
  void aMessageMakesAnIdentityPendingAndInterruptsIfItIsEnabled() {
    message(5);
    assertThat(file.read(PENDING)).isEqualTo(1 << 5);
    assertThat(line.high).isFalse();
    enable(5);
    assertThat(file.top()).isEqualTo(5);
    assertThat(line.high).isFalse();
    file.write(DELIVERY, 1);
    assertThat(line.high).isTrue();
    file.claim(5);
    assertThat(line.high).isFalse();
    assertThat(file.read(PENDING)).isZero();
  }

  @Test
  void theLowestIdentityComesFirstAndTheThresholdHoldsOthersBack() {
    file.write(DELIVERY, 1);
    for (int identity : new int[] {255, 64, 200}) {
      enable(identity);
      message(identity);
    }
    assertThat(file.top()).isEqualTo(64);
    file.write(THRESHOLD, 64);
    assertThat(file.top()).isZero();
    assertThat(line.high).isFalse();
    file.write(THRESHOLD, 65);
    assertThat(line.high).isTrue();
    file.write(THRESHOLD, 0);
    file.claim(64);
    assertThat(file.top()).isEqualTo(200);
    file.claim(200);
    assertThat(file.top()).isEqualTo(255);
  }

  @Test
  void identitiesThatAreNotThereAreIgnored() {
    for (int identity : new int[] {0, 256, -1, 0x100_0005}) {
      message(identity);
    }
    file.write(PENDING, 1);
    file.write(ENABLED, 1);
    file.claim(0);
    assertThat(file.read(PENDING)).isZero();
    assertThat(file.read(ENABLED)).isZero();
    file.write(0x88, -1); // Beyond the last identity.
    assertThat(file.read(0x88)).isZero();
    file.write(0x75, -1);
    assertThat(file.read(0x75)).isZero();
    file.write(DELIVERY, 0x4000_0000); // There is no PLIC behind it.
    assertThat(file.read(DELIVERY)).isZero();
  }

  @Test
  void aWordMayBeInEitherByteOrderAndNothingElseIsThere() {
    imsic.write(Imsic.PAGE + 4, 4, 0x0700_0000);
    assertThat(file.read(PENDING)).isEqualTo(1 << 7);
    imsic.write(Imsic.PAGE + 8, 4, 9);
    assertThat(file.read(PENDING)).isEqualTo(1 << 7);
    assertThat(imsic.read(Imsic.PAGE, 4)).isZero();
    assertThat(imsic.decodes(Imsic.PAGE, 8, true)).isFalse();
    assertThat(imsic.decodes(Imsic.PAGE + 2, 4, true)).isFalse();
    assertThat(imsic.decodes(2 * Imsic.PAGE, 4, true)).isFalse();
  }

  @Test
  void stateHasEveryFile() {
    file.write(DELIVERY, 1);
    file.write(THRESHOLD, 77);
    enable(70);
    message(70);
    Wire other = new Wire();
    ImsicFile copy = new ImsicFile(other);
    new Imsic("imsic-s", List.of(new ImsicFile(high -> {}), copy)).restore(imsic.state());
    assertThat(other.high).isTrue();
    assertThat(copy.top()).isEqualTo(70);
    assertThat(copy.state()).isEqualTo(file.state());
    assertThatThrownBy(() -> new Imsic("imsic-s", List.of(copy)).restore(imsic.state()))
        .hasMessageContaining("interrupt files");
    assertThatThrownBy(() -> new ImsicFile.State(1, 0, List.of(1L), List.of()))
        .hasMessageContaining("4 words of bits");
  }
}

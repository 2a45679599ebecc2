package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GenerationIdTest {
  private final Wire wire = new Wire();

  /** Counts, so that no two bytes in a row are the same. */
  private byte next;

  private final GenerationId device = device();

  private GenerationId device() {
    return new GenerationId(
        wire,
        bytes -> {
          for (int n = 0; n < bytes.length; n++) {
            bytes[n] = next++;
          }
        });
  }

  @Test
  void itIsReadByAnyWidth() {
    assertThat(device.read(0, 8)).isEqualTo(0x0706_0504_0302_0100L);
    assertThat(device.read(8, 4)).isEqualTo(0x0b0a_0908L);
    assertThat(device.read(12, 2)).isEqualTo(0x0d0cL);
    assertThat(device.read(15, 1)).isEqualTo(0x0fL);
  }

  @Test
  void onlyItsSixteenBytesAreThereAndNoneCanBeWritten() {
    for (int size = 1; size <= 8; size *= 2) {
      assertThat(device.decodes(16 - size, size, false)).isTrue();
      assertThat(device.decodes(16, size, false)).isFalse();
      assertThat(device.decodes(0, size, true)).isFalse();
    }
    assertThat(device.decodes(2, 4, false)).isFalse();
  }

  @Test
  void aNewOneInterruptsUntilItIsRead() {
    long before = device.read(0, 8);
    assertThat(wire.edges).isZero();
    assertThat(device.known()).isTrue();
    device.renew();
    assertThat(wire.high).isTrue();
    assertThat(device.read(0, 8)).isNotEqualTo(before);
    assertThat(wire.high).isFalse();
    assertThat(wire.edges).isEqualTo(1);
  }

  @Test
  void aRestoredOneIsTheSameAndDrivesItsLine() {
    device.renew();
    GenerationId.State state = device.state();
    assertThat(device.known()).isFalse();
    Wire other = new Wire();
    GenerationId restored = new GenerationId(other, bytes -> {});
    restored.restore(state);
    assertThat(other.high).isTrue();
    assertThat(restored.state()).isEqualTo(state);
    assertThat(restored.read(0, 8)).isEqualTo(device.read(0, 8)).isNotZero();
    assertThat(restored.state().unread()).isFalse();
  }
}

package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.PeerLink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/** The registers of ivshmem, with a pin and with messages. */
class IvshmemTest {
  private final List<String> rings = new ArrayList<>();
  private final List<Integer> messages = new ArrayList<>();
  private IntConsumer receiver;
  private boolean high;

  private final PeerLink link =
      new PeerLink() {
        @Override
        public int position() {
          return 5;
        }

        @Override
        public void ring(int peer, int bits) {
          rings.add(peer + ":" + bits);
        }

        @Override
        public void attach(IntConsumer rung) {
          receiver = rung;
        }

        @Override
        public void close() {}
      };

  private Ivshmem device(boolean pinned) {
    Optional<IntConsumer> sent = pinned ? Optional.empty() : Optional.of(messages::add);
    Ivshmem device = new Ivshmem("pool", Optional.of(link), 4, sent, level -> high = level);
    device.plugIn();
    return device;
  }

  @Test
  void aPeerIsRungByItsNumberAndAVectorThatThereIs() {
    Ivshmem device = device(false);
    assertThat(device.read(8, 4)).isEqualTo(5);
    device.write(12, 4, 7 << 16 | 3);
    device.write(12, 4, 7 << 16 | 4);
    device.write(12, 2, 3);
    device.write(12, 4, 0xffff_0000L);
    assertThat(rings).containsExactly("7:8", "65535:1");
  }

  @Test
  void thePinIsHighUntilTheStatusIsRead() {
    Ivshmem device = device(true);
    receiver.accept(2);
    assertThat(high).isFalse();
    device.write(0, 4, 1);
    assertThat(high).isTrue();
    assertThat(device.read(4, 4)).isEqualTo(1);
    assertThat(high).isFalse();
    assertThat(device.read(4, 4)).isZero();
  }

  @Test
  void eachVectorIsAMessageAndOthersAreNone() {
    Ivshmem device = device(false);
    receiver.accept(0xff05);
    assertThat(messages).containsExactly(0, 2);
    device.write(0, 4, 1);
    assertThat(device.read(0, 4)).isZero(); // there is no mask in revision 1
    assertThat(high).isFalse();
  }

  @Test
  void whatIsPendingIsSaved() {
    Ivshmem device = device(true);
    device.write(0, 4, 1);
    receiver.accept(1);
    Ivshmem.State state = device.state();
    device.reset();
    assertThat(high).isFalse();
    device.restore(state);
    assertThat(high).isTrue();
    assertThat(device.read(4, 4)).isEqualTo(1);
  }
}

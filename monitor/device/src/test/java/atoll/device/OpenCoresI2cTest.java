package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.ChannelLink;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The I2C controller, and what a machine at the other end can do to it. */
class OpenCoresI2cTest {
  private static final int CONTROL = 2;
  private static final int DATA = 3;
  private static final int COMMAND = 4;
  private static final int START_AND_WRITE = 0x91;
  private static final int IN_PROGRESS = 2;
  private static final int NACK = 0x80;
  private static final int INTERRUPT = 1;

  private final List<Integer> asked = new ArrayList<>();
  private boolean high;
  private final I2cPeer peer =
      new I2cPeer(
          new ChannelLink() {
            @Override
            public void ring(int bits) {
              asked.add(bits);
            }

            @Override
            public void attach(Receiver receiver) {
              receiver.peer(true);
            }

            @Override
            public void close() {}
          });
  private final OpenCoresI2c bus = new OpenCoresI2c("bus", peer, level -> high = level);

  @BeforeEach
  void enable() {
    bus.plugIn();
    bus.write(CONTROL, 1, 0xc0);
  }

  private int status() {
    return (int) bus.read(COMMAND, 1);
  }

  private void begin(int address) {
    bus.write(DATA, 1, address << 1);
    bus.write(COMMAND, 1, START_AND_WRITE);
  }

  /** Answers the last question. */
  private void answer(boolean ack, int data) {
    peer.rung(asked.getLast() & 0x40ff_0000 | (ack ? 0x100 : 0) | data);
  }

  @Test
  void aByteIsUnderWayUntilItIsAcknowledgedWhichInterrupts() {
    begin(0x48);
    assertThat(asked).containsExactly(0x4001_1290);
    assertThat(status() & IN_PROGRESS).isNotZero();
    assertThat(high).isFalse();
    answer(true, 0x90);
    assertThat(status() & (IN_PROGRESS | NACK)).isZero();
    assertThat(high).isTrue();
    bus.write(COMMAND, 1, INTERRUPT);
    assertThat(high).isFalse();
  }

  @Test
  void whatIsReadIsWhatWasAnswered() {
    bus.write(COMMAND, 1, 0x68); // read, not acknowledged, and stop
    assertThat(asked.getLast() & 0x1f00).isEqualTo(0x0d00);
    answer(true, 0xa5);
    assertThat(bus.read(DATA, 1)).isEqualTo(0xa5);
  }

  @Test
  void anAddressThatNobodyHasIsNotAcknowledged() {
    begin(0x11);
    answer(false, 0);
    assertThat(status() & NACK).isNotZero();
  }

  @Test
  void withoutTheOtherMachineNobodyIsOnTheBus() {
    begin(0x48);
    peer.peer(false);
    assertThat(status() & (IN_PROGRESS | NACK | INTERRUPT)).isEqualTo(NACK | INTERRUPT);
    begin(0x48);
    assertThat(asked).hasSize(1);
    assertThat(status() & (IN_PROGRESS | NACK | INTERRUPT)).isEqualTo(NACK | INTERRUPT);
    peer.peer(true);
    begin(0x48);
    answer(true, 0);
    assertThat(status() & NACK).isZero();
  }

  @Test
  void whatIsRungUnaskedOrLateChangesNothing() {
    Random random = new Random(1);
    for (int n = 0; n < 1000; n++) {
      peer.rung(random.nextInt());
    }
    assertThat(high).isFalse();
    begin(0x48);
    for (int number = 2; number <= 0xff; number++) {
      peer.rung(0x4000_0100 | number << 16);
    }
    peer.rung(asked.getLast() & 0x00ff_ffff);
    assertThat(status() & IN_PROGRESS).isNotZero();
    bus.write(COMMAND, 1, START_AND_WRITE);
    assertThat(asked).hasSize(1); // one question at a time
  }

  @Test
  void aControllerThatGoesOnWaitsForTheSameAnswer() {
    begin(0x48);
    OpenCoresI2c.State state = bus.state();
    answer(true, 0);
    bus.restore(state);
    assertThat(status() & IN_PROGRESS).isNotZero();
    assertThat(high).isFalse();
    answer(true, 7);
    assertThat(bus.read(DATA, 1)).isEqualTo(7);
    assertThat(high).isTrue();
  }
}

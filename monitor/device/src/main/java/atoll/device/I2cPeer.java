package atoll.device;

import atoll.device.spi.ChannelLink;
import atoll.state.Unsaved;

/**
 * Another machine as what is on a bus of I2C: each question becomes a word that is rung at the
 * other end, and its answer one that is rung here. So the other machine is the chips, at its own
 * pace.
 *
 * <p>A word has the byte in bits 7:0; what is asked or acknowledged in bits 12:8; a number in bits
 * 23:16, by which an answer is known to belong to the last question; and bit 30, which is always
 * set. At most one is under way, so that bits of two never mix; whatever else is rung is ignored.
 */
public final class I2cPeer implements I2cBus, ChannelLink.Receiver {
  // A word that is rung (guests/lib/i2c.h).
  private static final int WORD = 1 << 30;
  private static final int NUMBER_SHIFT = 16;
  private static final int NUMBERS = 0xff;
  private static final int ASKS_SHIFT = 5; // from the bits of a command to 12:8
  private static final int ANSWER_ACK = 1 << 8;

  private final ChannelLink link;

  @Unsaved("connected as the board was made")
  private volatile Controller controller;

  /** Over a channel to it. */
  public I2cPeer(ChannelLink link) {
    this.link = link;
  }

  @Override
  public void attach(Controller to) {
    controller = to;
    link.attach(this);
  }

  @Override
  public void ask(int number, int asks, int transmit) {
    link.ring(WORD | number << NUMBER_SHIFT | asks << ASKS_SHIFT | transmit & 0xff);
  }

  @Override
  public void rung(int bits) {
    if ((bits & WORD) != 0) {
      controller.answered(bits >>> NUMBER_SHIFT & NUMBERS, (bits & ANSWER_ACK) != 0, bits & 0xff);
    }
  }

  @Override
  public void peer(boolean up) {
    controller.present(up);
  }

  @Override
  public void close() {
    link.close();
  }
}

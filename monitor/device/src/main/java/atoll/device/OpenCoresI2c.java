package atoll.device;

import atoll.device.spi.ChannelLink;
import atoll.state.Stateful;
import atoll.state.Unsaved;

/**
 * The I2C controller of OpenCores ("I2C-Master Core Specification" 0.9), whose bus leads to another
 * machine: each command becomes a word that is rung at the other end, and its answer one that is
 * rung here. So the other machine is the chips, at its own pace: until it has answered, the
 * transfer is in progress, as with a chip that stretches the clock.
 *
 * <p>A word has the byte in bits 7:0; what is asked or acknowledged in bits 12:8; a number in bits
 * 23:16, by which an answer is known to belong to the last question; and bit 30, which is always
 * set. At most one is under way, so that bits of two never mix; whatever else is rung is ignored.
 *
 * <p>Two locks, as in {@link Channel}.
 */
public final class OpenCoresI2c
    implements MmioDevice, ChannelLink.Receiver, Stateful<OpenCoresI2c.State> {
  /** Bytes of address range. */
  public static final long SIZE = 0x1000;

  // §3.1: registers, a byte each.
  private static final int PRESCALE_LOW = 0;
  private static final int PRESCALE_HIGH = 1;
  private static final int CONTROL = 2;
  private static final int DATA = 3; // R: received; W: to transmit
  private static final int COMMAND = 4; // W; R: status
  private static final int END = 8;

  // §3.2.2
  private static final int CONTROL_ENABLE = 1 << 7;
  private static final int CONTROL_INTERRUPT = 1 << 6;

  // §3.2.5
  private static final int COMMAND_START = 1 << 7;
  private static final int COMMAND_STOP = 1 << 6;
  private static final int COMMAND_READ = 1 << 5;
  private static final int COMMAND_WRITE = 1 << 4;
  private static final int COMMAND_NACK = 1 << 3;
  private static final int COMMAND_ACKNOWLEDGE = 1; // of the interrupt
  private static final int TRANSFERS = COMMAND_STOP | COMMAND_READ | COMMAND_WRITE;

  // §3.2.6
  private static final int STATUS_NACK = 1 << 7;
  private static final int STATUS_BUSY = 1 << 6;
  private static final int STATUS_IN_PROGRESS = 1 << 1;
  private static final int STATUS_INTERRUPT = 1;

  // A word that is rung (guests/lib/i2c.h).
  private static final int WORD = 1 << 30;
  private static final int NUMBER_SHIFT = 16;
  private static final int NUMBERS = 0xff;
  private static final int ASKS_SHIFT = 5; // from the bits of a command to 12:8
  private static final int ANSWER_ACK = 1 << 8;

  private final String name;
  private final ChannelLink link;
  private final InterruptLine line;

  private final Object lock = new Object();
  private int prescale = 0xffff;
  private int control;
  private int transmit;
  private int received;
  private int status;
  private int number;
  private boolean peerUp;

  @Unsaved("for statistics")
  private long asked;

  @Unsaved("for statistics")
  private long answered;

  /**
   * The whole state.
   *
   * @param prescale of the clock, which has no effect
   * @param control as written
   * @param transmit the byte to be sent
   * @param received the last one that came
   * @param status as read, but for what else is in it
   * @param number of the last question
   * @param peerUp whether the other machine is there
   */
  public record State(
      int prescale,
      int control,
      int transmit,
      int received,
      int status,
      int number,
      boolean peerUp) {}

  /**
   * Makes one.
   *
   * @param name of the channel
   * @param link to who the chips are
   * @param line high while an interrupt is pending and enabled
   */
  public OpenCoresI2c(String name, ChannelLink link, InterruptLine line) {
    this.name = name;
    this.link = link;
    this.line = line;
  }

  /** Connects it to the other machine. */
  public void plugIn() {
    link.attach(this);
  }

  /** Disconnects it. */
  public void unplug() {
    link.close();
  }

  @Override
  public String name() {
    return "i2c " + name;
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return size == 1 && offset < END;
  }

  @Override
  public long read(long offset, int size) {
    synchronized (lock) {
      return switch ((int) offset) {
        case PRESCALE_LOW -> prescale & 0xff;
        case PRESCALE_HIGH -> prescale >>> Byte.SIZE;
        case CONTROL -> control;
        case DATA -> received;
        case COMMAND -> status;
        default -> 0;
      };
    }
  }

  @Override
  public void write(long offset, int size, long value) {
    int word = 0;
    synchronized (lock) {
      switch ((int) offset) {
        case PRESCALE_LOW -> prescale = prescale & 0xff00 | (int) value;
        case PRESCALE_HIGH -> prescale = prescale & 0xff | (int) value << Byte.SIZE;
        case CONTROL -> control = (int) value & (CONTROL_ENABLE | CONTROL_INTERRUPT);
        case DATA -> transmit = (int) value;
        case COMMAND -> word = command((int) value);
        default -> {} // There is none.
      }
      drive();
    }
    if (word != 0) {
      link.ring(word);
    }
  }

  /** Returns what is to be rung, without the lock; 0 if nothing is. */
  private int command(int value) {
    if ((value & COMMAND_ACKNOWLEDGE) != 0) {
      status &= ~STATUS_INTERRUPT;
    }
    boolean busy = (status & STATUS_IN_PROGRESS) != 0;
    if ((value & TRANSFERS) == 0 || busy || (control & CONTROL_ENABLE) == 0) {
      return 0;
    }
    follow(value);
    if (!peerUp) {
      finish(false);
      return 0;
    }
    asked++;
    status |= STATUS_IN_PROGRESS;
    number = number + 1 & NUMBERS;
    int asks = value & (COMMAND_START | TRANSFERS | COMMAND_NACK);
    return WORD | number << NUMBER_SHIFT | asks << ASKS_SHIFT | transmit & 0xff;
  }

  private void follow(int value) {
    if ((value & COMMAND_START) != 0) {
      status |= STATUS_BUSY;
    }
    if ((value & COMMAND_STOP) != 0) {
      status &= ~STATUS_BUSY;
    }
  }

  private void finish(boolean acknowledged) {
    status &= ~(STATUS_IN_PROGRESS | STATUS_NACK);
    status |= STATUS_INTERRUPT | (acknowledged ? 0 : STATUS_NACK);
  }

  /** Only the answer to the last question counts. */
  @Override
  public void rung(int bits) {
    synchronized (lock) {
      boolean expected =
          (bits & WORD) != 0
              && (bits >>> NUMBER_SHIFT & NUMBERS) == number
              && (status & STATUS_IN_PROGRESS) != 0;
      if (expected) {
        answered++;
        received = bits & 0xff;
        finish((bits & ANSWER_ACK) != 0);
        drive();
      }
    }
  }

  /** Without the other machine nobody is on the bus: what is under way is not acknowledged. */
  @Override
  public void peer(boolean up) {
    synchronized (lock) {
      peerUp = up;
      if (!up && (status & STATUS_IN_PROGRESS) != 0) {
        received = 0xff;
        finish(false);
      }
      drive();
    }
  }

  private void drive() {
    line.set((status & STATUS_INTERRUPT) != 0 && (control & CONTROL_INTERRUPT) != 0);
  }

  /** A snapshot of the counters. */
  public Channel.Statistics statistics() {
    synchronized (lock) {
      return new Channel.Statistics(name, asked, answered, 0);
    }
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public State state() {
    synchronized (lock) {
      return new State(prescale, control, transmit, received, status, number, peerUp);
    }
  }

  @Override
  public void restore(State state) {
    synchronized (lock) {
      prescale = state.prescale & 0xffff;
      control = state.control & (CONTROL_ENABLE | CONTROL_INTERRUPT);
      transmit = state.transmit & 0xff;
      received = state.received & 0xff;
      status =
          state.status & (STATUS_NACK | STATUS_BUSY | STATUS_IN_PROGRESS | STATUS_INTERRUPT);
      number = state.number & NUMBERS;
      peerUp = state.peerUp;
      drive();
    }
  }
}

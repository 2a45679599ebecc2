package atoll.device;

import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.util.Optional;

/**
 * The I2C controller of OpenCores ("I2C-Master Core Specification" 0.9); Linux's driver is {@code
 * i2c-ocores}. What is on its bus answers at once, as chips of the same board do, or later, as
 * another machine does: until then the transfer is in progress, as with a chip that stretches the
 * clock. There is one master, so arbitration is never lost.
 *
 * <p>Two locks, as in {@link Channel}.
 */
public final class OpenCoresI2c
    implements MmioDevice, I2cBus.Controller, Stateful<OpenCoresI2c.State> {
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
  static final int START = 1 << 7;
  static final int STOP = 1 << 6;
  static final int READ = 1 << 5;
  static final int WRITE = 1 << 4;
  static final int NACK = 1 << 3;
  private static final int COMMAND_ACKNOWLEDGE = 1; // of the interrupt
  private static final int TRANSFERS = STOP | READ | WRITE;

  // §3.2.6
  private static final int STATUS_NACK = 1 << 7;
  private static final int STATUS_BUSY = 1 << 6;
  private static final int STATUS_IN_PROGRESS = 1 << 1;
  private static final int STATUS_INTERRUPT = 1;

  private static final int NUMBERS = 0xff;

  private final String name;
  private final I2cBus bus;
  private final InterruptLine line;

  private final Object lock = new Object();
  private int prescale = 0xffff;
  private int control;
  private int transmit;
  private int received;
  private int status;
  private int number;
  private boolean present;

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
   * @param present whether anybody is on the bus
   * @param chips of this board that are on it
   */
  public record State(
      int prescale,
      int control,
      int transmit,
      int received,
      int status,
      int number,
      boolean present,
      Optional<I2cChips.State> chips) {}

  /**
   * Makes one.
   *
   * @param name of the bus
   * @param bus what is on it
   * @param line high while an interrupt is pending and enabled
   */
  public OpenCoresI2c(String name, I2cBus bus, InterruptLine line) {
    this.name = name;
    this.bus = bus;
    this.line = line;
  }

  /** Connects it to what is on the bus. */
  public void plugIn() {
    bus.attach(this);
  }

  /** Disconnects it. */
  public void unplug() {
    bus.close();
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
    int b = (int) value & 0xff; // The upper bits are whatever the guest's register had.
    int asks = 0;
    int asking = 0;
    int sending = 0;
    synchronized (lock) {
      switch ((int) offset) {
        case PRESCALE_LOW -> prescale = prescale & 0xff00 | b;
        case PRESCALE_HIGH -> prescale = prescale & 0xff | b << Byte.SIZE;
        case CONTROL -> control = b & (CONTROL_ENABLE | CONTROL_INTERRUPT);
        case DATA -> transmit = b;
        case COMMAND -> asks = command(b);
        default -> {} // There is none.
      }
      asking = number;
      sending = transmit;
      drive();
    }
    if (asks != 0) {
      bus.ask(asking, asks, sending);
    }
  }

  /** Returns what is to be asked, without the lock; 0 if nothing is. */
  private int command(int value) {
    if ((value & COMMAND_ACKNOWLEDGE) != 0) {
      status &= ~STATUS_INTERRUPT;
    }
    boolean busy = (status & STATUS_IN_PROGRESS) != 0;
    if ((value & TRANSFERS) == 0 || busy || (control & CONTROL_ENABLE) == 0) {
      return 0;
    }
    follow(value);
    if (!present) {
      finish(false);
      return 0;
    }
    asked++;
    status |= STATUS_IN_PROGRESS;
    number = number + 1 & NUMBERS;
    return value & (START | TRANSFERS | NACK);
  }

  private void follow(int value) {
    if ((value & START) != 0) {
      status |= STATUS_BUSY;
    }
    if ((value & STOP) != 0) {
      status &= ~STATUS_BUSY;
    }
  }

  private void finish(boolean acknowledged) {
    status &= ~(STATUS_IN_PROGRESS | STATUS_NACK);
    status |= STATUS_INTERRUPT | (acknowledged ? 0 : STATUS_NACK);
  }

  @Override
  public void answered(int question, boolean acknowledged, int data) {
    synchronized (lock) {
      if (question == number && (status & STATUS_IN_PROGRESS) != 0) {
        answered++;
        received = data & 0xff;
        finish(acknowledged);
        drive();
      }
    }
  }

  /** If nobody is on the bus, what is under way is not acknowledged. */
  @Override
  public void present(boolean anybody) {
    synchronized (lock) {
      present = anybody;
      if (!anybody && (status & STATUS_IN_PROGRESS) != 0) {
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
      return new State(prescale, control, transmit, received, status, number, present, bus.state());
    }
  }

  @Override
  public void restore(State state) {
    synchronized (lock) {
      prescale = state.prescale & 0xffff;
      control = state.control & (CONTROL_ENABLE | CONTROL_INTERRUPT);
      transmit = state.transmit & 0xff;
      received = state.received & 0xff;
      status = state.status & (STATUS_NACK | STATUS_BUSY | STATUS_IN_PROGRESS | STATUS_INTERRUPT);
      number = state.number & NUMBERS;
      present = state.present;
      state.chips.ifPresent(bus::restore);
      drive();
    }
  }
}

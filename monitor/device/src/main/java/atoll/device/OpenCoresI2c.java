package atoll.device;

import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.util.List;

/**
 * A controller of I2C (OpenCores I2C-Master Core Specification, revision 0.9), one byte between its
 * registers; Linux's driver is {@code i2c-ocores}. The bus is infinitely fast: a command is done
 * when it is written. There is one master, so arbitration is never lost.
 */
public final class OpenCoresI2c implements MmioDevice, Stateful<OpenCoresI2c.State> {
  /** Bytes of address range; the registers are the first five, the rest is not decoded. */
  public static final long SIZE = 0x100;

  // Section 3.1: addresses.
  private static final int PRESCALE_LOW = 0;
  private static final int PRESCALE_HIGH = 1;
  private static final int CONTROL = 2;
  private static final int DATA = 3; // receive (read), transmit (write)
  private static final int COMMAND = 4; // status (read)
  private static final int END = 5;

  private static final int CONTROL_ENABLE = 1 << 7; // section 3.2.2
  private static final int CONTROL_INTERRUPT = 1 << 6;

  private static final int COMMAND_START = 1 << 7; // section 3.2.5
  private static final int COMMAND_STOP = 1 << 6;
  private static final int COMMAND_READ = 1 << 5;
  private static final int COMMAND_WRITE = 1 << 4;
  private static final int COMMAND_ACKNOWLEDGE = 1;
  private static final int TRANSFERS = COMMAND_STOP | COMMAND_READ | COMMAND_WRITE;

  private static final int STATUS_REFUSED = 1 << 7; // section 3.2.6: RxACK
  private static final int STATUS_BUSY = 1 << 6;
  private static final int STATUS_INTERRUPT = 1;

  /** Nobody pulls the line down. */
  private static final int IDLE = 0xff;

  private static final int NOBODY = -1;

  @Unsaved("wired as the board was made")
  private final List<Thermometer> targets;

  private final InterruptLine line;
  private int prescale = 0xffff;
  private int control;
  private int transmit;
  private int receive;
  private int status;

  /** The next byte is an address. */
  private boolean starting;

  private int selected = NOBODY;

  /**
   * The whole state; registers by their names in the specification.
   *
   * @param starting whether the next byte is an address
   * @param selected which target is spoken with, or -1
   * @param targets of the chips on the bus
   */
  public record State(
      int prescale,
      int control,
      int transmit,
      int receive,
      int status,
      boolean starting,
      int selected,
      List<Thermometer.State> targets) {
    public State {
      targets = List.copyOf(targets);
    }
  }

  /**
   * Makes one.
   *
   * @param targets from address {@link Thermometer#FIRST_ADDRESS} on
   */
  public OpenCoresI2c(List<Thermometer> targets, InterruptLine line) {
    this.targets = List.copyOf(targets);
    this.line = line;
  }

  @Override
  public String name() {
    return "i2c";
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return offset < END && size == 1;
  }

  @Override
  public long read(long offset, int size) {
    return switch ((int) offset) {
      case PRESCALE_LOW -> prescale & 0xff;
      case PRESCALE_HIGH -> prescale >> Byte.SIZE;
      case CONTROL -> control;
      case DATA -> receive;
      default -> status;
    };
  }

  @Override
  public void write(long offset, int size, long value) {
    int b = (int) value & 0xff;
    switch ((int) offset) {
      case PRESCALE_LOW -> prescale = prescale & 0xff00 | b;
      case PRESCALE_HIGH -> prescale = prescale & 0xff | b << Byte.SIZE;
      case CONTROL -> control(b & (CONTROL_ENABLE | CONTROL_INTERRUPT));
      case DATA -> transmit = b;
      default -> command(b);
    }
    drive();
  }

  /** Switched off, it lets the bus go. */
  private void control(int bits) {
    control = bits;
    if ((bits & CONTROL_ENABLE) == 0) {
      stop();
    }
  }

  private void command(int bits) {
    if ((bits & COMMAND_ACKNOWLEDGE) != 0) {
      status &= ~STATUS_INTERRUPT;
    }
    if ((control & CONTROL_ENABLE) == 0) {
      return;
    }
    if ((bits & COMMAND_START) != 0) {
      starting = true;
      status |= STATUS_BUSY;
    }
    if ((bits & COMMAND_WRITE) != 0) {
      status = send() ? status & ~STATUS_REFUSED : status | STATUS_REFUSED;
    } else if ((bits & COMMAND_READ) != 0) {
      receive = selected == NOBODY ? IDLE : targets.get(selected).read();
    }
    if ((bits & COMMAND_STOP) != 0) {
      stop();
    }
    if ((bits & TRANSFERS) != 0) {
      status |= STATUS_INTERRUPT;
    }
  }

  private void stop() {
    selected = NOBODY;
    starting = false;
    status &= ~STATUS_BUSY;
  }

  /** Sends a byte, or an address and the direction; false if nobody acknowledges. */
  private boolean send() {
    if (!starting) {
      return selected != NOBODY && targets.get(selected).write(transmit);
    }
    starting = false;
    int number = (transmit >> 1) - Thermometer.FIRST_ADDRESS;
    boolean there = number >= 0 && number < targets.size();
    boolean answers = there && targets.get(number).begin((transmit & 1) != 0);
    selected = answers ? number : NOBODY;
    return answers;
  }

  private void drive() {
    line.set((control & CONTROL_INTERRUPT) != 0 && (status & STATUS_INTERRUPT) != 0);
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(
        prescale,
        control,
        transmit,
        receive,
        status,
        starting,
        selected,
        targets.stream().map(Thermometer::state).toList());
  }

  @Override
  public synchronized void restore(State state) {
    if (state.targets.size() != targets.size() || state.selected >= targets.size()) {
      throw new IllegalArgumentException(
          "%d chips on the bus, expected %d".formatted(state.targets.size(), targets.size()));
    }
    prescale = state.prescale & 0xffff;
    control = state.control & (CONTROL_ENABLE | CONTROL_INTERRUPT);
    transmit = state.transmit & 0xff;
    receive = state.receive & 0xff;
    status = state.status & (STATUS_REFUSED | STATUS_BUSY | STATUS_INTERRUPT);
    starting = state.starting;
    selected = Math.max(NOBODY, state.selected);
    for (int n = 0; n < targets.size(); n++) {
      targets.get(n).restore(state.targets.get(n));
    }
    drive();
  }
}

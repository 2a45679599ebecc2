package atoll.device;

import atoll.state.Unsaved;
import java.util.List;
import java.util.Optional;

/** Temperature sensors as what is on a bus of I2C. */
public final class I2cChips implements I2cBus {
  /** Nobody pulls the line down. */
  private static final int IDLE = 0xff;

  private static final int NOBODY = -1;

  @Unsaved("as the board was made")
  private final List<Thermometer> chips;

  @Unsaved("connected as the board was made")
  private volatile Controller controller;

  /** The next byte is an address. */
  private boolean starting;

  private int selected = NOBODY;

  /**
   * The whole state.
   *
   * @param starting whether the next byte is an address
   * @param selected which chip is spoken with, or -1
   * @param chips in the order of their addresses
   */
  public record State(boolean starting, int selected, List<Thermometer.State> chips) {
    public State {
      chips = List.copyOf(chips);
    }
  }

  /** Those, from address {@link Thermometer#FIRST_ADDRESS} on. */
  public I2cChips(List<Thermometer> chips) {
    this.chips = List.copyOf(chips);
  }

  @Override
  public void attach(Controller to) {
    controller = to;
    to.present(true);
  }

  @Override
  public void ask(int number, int asks, int transmit) {
    boolean acknowledged = true;
    int received = transmit;
    synchronized (this) {
      starting |= (asks & OpenCoresI2c.START) != 0;
      if ((asks & OpenCoresI2c.WRITE) != 0) {
        acknowledged = take(transmit);
      } else if ((asks & OpenCoresI2c.READ) != 0) {
        received = selected == NOBODY ? IDLE : chips.get(selected).read();
      }
      if ((asks & OpenCoresI2c.STOP) != 0) {
        selected = NOBODY;
        starting = false;
      }
    }
    controller.answered(number, acknowledged, received);
  }

  /** A byte, or an address and the direction; false if nobody acknowledges. */
  private boolean take(int b) {
    if (!starting) {
      return selected != NOBODY && chips.get(selected).write(b);
    }
    starting = false;
    int number = (b >> 1) - Thermometer.FIRST_ADDRESS;
    boolean there = number >= 0 && number < chips.size();
    boolean answers = there && chips.get(number).begin((b & 1) != 0);
    selected = answers ? number : NOBODY;
    return answers;
  }

  @Override
  public synchronized Optional<State> state() {
    return Optional.of(
        new State(starting, selected, chips.stream().map(Thermometer::state).toList()));
  }

  @Override
  public synchronized void restore(State state) {
    if (state.chips.size() != chips.size() || state.selected >= chips.size()) {
      throw new IllegalArgumentException(
          "%d chips on the bus, expected %d".formatted(state.chips.size(), chips.size()));
    }
    starting = state.starting;
    selected = Math.max(NOBODY, state.selected);
    for (int n = 0; n < chips.size(); n++) {
      chips.get(n).restore(state.chips.get(n));
    }
  }
}

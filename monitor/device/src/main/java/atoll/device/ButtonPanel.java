package atoll.device;

import atoll.device.spi.InputPort;
import atoll.host.Clock;
import atoll.host.Timers;
import atoll.state.StateShape;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.util.List;
import java.util.Objects;

/**
 * The buttons of a machine's front. While one is held it closes a wire, and is a pressed key of an
 * input device: whatever the guest has a driver for. Thread-safe.
 *
 * <p>Its monitor is taken before those of the devices that its wires lead to.
 */
public final class ButtonPanel implements Stateful<ButtonPanel.State> {
  /** What it is called among a machine's devices. */
  public static final String NAME = "buttons";

  /** Nanoseconds of a press that only {@link #release} ends. */
  public static final long HELD = Long.MAX_VALUE;

  private final Clock clock;
  private final Timers timers;
  private final List<Button> buttons;

  /** Null without an input device. */
  @Unsaved("plugged in as it was made")
  private volatile InputPort keys;

  /**
   * A button's wires.
   *
   * @param code of its key
   * @param pin high while it is held
   */
  public record Wiring(int code, InterruptLine pin) {
    public Wiring {
      Objects.requireNonNull(pin, "pin");
    }
  }

  /**
   * The whole state. What the wires lead to has its own.
   *
   * @param left by button: nanoseconds that it is still held, 0 if it is not, or {@link #HELD}
   */
  public record State(List<Long> left) {
    public State {
      left = List.copyOf(left);
      if (left.stream().anyMatch(nanos -> nanos < 0)) {
        throw new IllegalArgumentException("a button is held for 0 ns or more, not for " + left);
      }
    }
  }

  /** One button; guarded by the panel's monitor. */
  private final class Button {
    @Unsaved("as it was wired")
    private final Wiring wiring;

    private boolean held;

    /** On the clock. */
    private long until;

    @Unsaved("armed again")
    private Timers.Armed timer = () -> {};

    Button(Wiring wiring) {
      this.wiring = wiring;
    }

    void press(long nanos) {
      hold(nanos);
      key(true);
    }

    /** It is held from now on; the input device may know that already. */
    void hold(long nanos) {
      timer.cancel();
      long now = clock.nanos();
      held = true;
      until = nanos > HELD - now ? HELD : now + nanos;
      if (until != HELD) {
        timer = timers.at(until, this::ring);
      }
      wiring.pin.set(true);
    }

    void release() {
      timer.cancel();
      held = false;
      wiring.pin.set(false);
      key(false);
    }

    /** On the timer's thread, which may come late: after it was pressed again. */
    private void ring() {
      synchronized (ButtonPanel.this) {
        if (held && clock.nanos() >= until) {
          release();
        }
      }
    }

    private void key(boolean down) {
      InputPort port = keys;
      if (port != null) {
        port.press(wiring.code, down);
      }
    }

    long left() {
      return !held ? 0 : until == HELD ? HELD : Math.max(1, until - clock.nanos());
    }
  }

  /**
   * Makes one whose buttons are not held.
   *
   * @param clock whose time presses last
   * @param timers of that clock
   */
  public ButtonPanel(List<Wiring> wirings, Clock clock, Timers timers) {
    this.clock = clock;
    this.timers = timers;
    buttons = wirings.stream().map(Button::new).toList();
  }

  /** Plugs the input device in whose keys they are. */
  public void plug(InputPort port) {
    keys = port;
  }

  /**
   * Presses a button, or goes on holding it.
   *
   * @param button its number, from 0
   * @param nanos for how long from now, or {@link #HELD}
   */
  public synchronized void press(int button, long nanos) {
    buttons.get(button).press(nanos);
  }

  /** Lets a button go; one that is not held stays so. */
  public synchronized void release(int button) {
    buttons.get(button).release();
  }

  /** Whether a button is held. */
  public synchronized boolean held(int button) {
    return buttons.get(button).held;
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(buttons.stream().map(Button::left).toList());
  }

  @Override
  public synchronized void restore(State state) {
    StateShape.requireCount("buttons", state.left.size(), buttons.size());
    for (int n = 0; n < buttons.size(); n++) {
      long left = state.left.get(n);
      if (left > 0) {
        buttons.get(n).hold(left);
      }
    }
  }
}

package atoll.device;

import atoll.peripheral.PeripheralFactory;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import atoll.state.Value;
import java.util.List;
import java.util.Objects;

/**
 * The place of a device of a user's own on the bus: it calls the user's code, one call at a time,
 * and is the only one that the code can do harm to. The code can be replaced while the machine is
 * paused.
 */
public final class PeripheralHost implements OutsideDevice, Stateful<PeripheralHost.State> {
  private final String name;
  private final PeripheralCode code;
  private final PeripheralWiring wiring;
  private volatile PeripheralSeat seat;

  // Guarded by this, which no call of the user's code from an exit wants.

  /** Whether timers and actions of the device are done. */
  @Unsaved("of whoever holds the machine")
  private boolean going;

  /** Whether the device has been told of a pause, and not of its end. */
  @Unsaved("of whoever holds the machine")
  private boolean held;

  /**
   * The whole state.
   *
   * @param lines levels of its interrupt lines
   * @param timers when each is due, in nanoseconds of the platform's clock, or -1
   * @param own what the device says of itself
   */
  public record State(List<Boolean> lines, List<Long> timers, Value own) {
    public State {
      lines = List.copyOf(lines);
      timers = List.copyOf(timers);
      Objects.requireNonNull(own, "own");
    }
  }

  /**
   * Makes the device; it does nothing by itself until {@link #resume}.
   *
   * @param name the user's for it
   * @throws PeripheralException if it cannot be made
   */
  public PeripheralHost(String name, PeripheralCode code, PeripheralWiring wiring) {
    this.name = name;
    this.code = code;
    this.wiring = wiring;
    seat = seated(code);
    seat.connect();
  }

  private PeripheralSeat seated(PeripheralCode by) {
    return new PeripheralSeat(name, by, wiring);
  }

  /** What a device of a user's own is called among all devices. */
  public static String label(String name) {
    return "own " + name;
  }

  /** The user's name for it. */
  public String own() {
    return name;
  }

  @Override
  public String name() {
    return label(name);
  }

  /** Where its code is from. */
  public String code() {
    return seat.code();
  }

  @Override
  public boolean perform(long offset, MmioAccess access) {
    Excursion excursion = access.excursion();
    excursion.begin();
    try {
      return seat.access(offset, access);
    } finally {
      excursion.end();
    }
  }

  /** The machine runs, or goes on. */
  public synchronized void resume() {
    if (going) {
      return;
    }
    going = true;
    seat.go(held);
    held = false;
  }

  /** Returns once the device does nothing by itself, and can reach no memory. */
  public synchronized void pause() {
    if (!going) {
      return;
    }
    held = true;
    going = false;
    seat.pause();
  }

  /** The machine has ended, and is paused. */
  public synchronized void close() {
    seat.close();
    wiring.thread().close();
  }

  /**
   * Puts other code in the place of what is there, which is closed; the guest finds the registers
   * as the new code has them, and interrupt lines as it drives them. While the machine is paused.
   *
   * @param other where the code is from, for messages
   * @throws PeripheralException if it cannot be made; then nothing has changed
   */
  public synchronized void replace(String other, PeripheralFactory factory) {
    PeripheralSeat next = seated(code.by(other, factory));
    seat.close();
    seat = next;
    seat.connect();
    held = false;
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(seat.levels(), seat.times(), seat.own());
  }

  @Override
  public synchronized void restore(State state) {
    seat.restore(state.lines, state.timers, state.own);
  }
}

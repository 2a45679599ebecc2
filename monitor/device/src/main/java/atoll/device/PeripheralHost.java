package atoll.device;

import atoll.device.PeripheralCalls.Call;
import atoll.peripheral.Peripheral;
import atoll.peripheral.PeripheralFactory;
import atoll.peripheral.RegisterAccess;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import atoll.state.Value;
import java.util.List;
import java.util.Objects;

/**
 * The place of a device of a user's own on the bus: it calls the user's code, one call at a time
 * under its monitor, and is the only one that the code can do harm to. The code can be replaced
 * while the machine is paused.
 */
public final class PeripheralHost implements MmioDevice, Stateful<PeripheralHost.State> {
  private final String name;
  private final PeripheralCode code;
  private final PeripheralWiring wiring;
  private PeripheralSeat seat;

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
    seat = new PeripheralSeat(name, code, wiring, this);
    seat.connect();
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

  private Peripheral device() {
    return seat.peripheral();
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    Call call = new Call(write ? "decodes for a write" : "decodes for a read", offset, size);
    return seat.calls().make(call, () -> device().decodes(offset, size, write), true);
  }

  @Override
  public long read(long offset, int size) {
    Call call = new Call("read", offset, size);
    long mask = size == Long.BYTES ? -1 : (1L << size * Byte.SIZE) - 1;
    long value = mask & seat.calls().make(call, () -> device().read(offset, size), 0L);
    tell(new RegisterAccess(false, offset, size, value));
    return value;
  }

  @Override
  public void write(long offset, int size, long value) {
    seat.calls().make(new Call("write", offset, size), () -> device().write(offset, size, value));
    tell(new RegisterAccess(true, offset, size, value));
  }

  private void tell(RegisterAccess access) {
    code.watcher()
        .ifPresent(watcher ->
            seat.calls()
                .make(
                    new Call("who watches it, told of a " + access), () -> watcher.accept(access)));
  }

  /** The machine runs, or goes on. */
  public synchronized void resume() {
    if (going) {
      return;
    }
    going = true;
    seat.go();
    if (held) {
      held = false;
      seat.calls().make(new Call("resume"), device()::resume);
    }
  }

  /** Returns once the device does nothing by itself, and can reach no memory. */
  public synchronized void pause() {
    if (!going) {
      return;
    }
    held = true;
    seat.calls().make(new Call("pause"), device()::pause);
    going = false;
    seat.hold();
  }

  /** The machine has ended, and is paused. */
  public synchronized void close() {
    seat.close();
  }

  /**
   * Puts other code in the place of what is there, which is closed; the guest finds the registers
   * as the new code has them, and interrupt lines as it drives them. While the machine is paused.
   *
   * @param other where the code is from, for messages
   * @throws PeripheralException if it cannot be made; then nothing has changed
   */
  public synchronized void replace(String other, PeripheralFactory factory) {
    PeripheralSeat next = new PeripheralSeat(name, code.by(other, factory), wiring, this);
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

package atoll.manager;

import atoll.host.Clock;
import atoll.host.Timers;
import atoll.vmm.VirtualMachine;
import java.util.List;

/** Keeps the processors of machines from executing for a part of the time. Thread-safe. */
final class Throttle implements AutoCloseable {
  /** Short enough that a guest takes it for a slow processor. */
  private static final long PERIOD = 10_000_000;

  private static final int ALL = 100;

  private final Clock clock;
  private final Timers timers;

  // Guarded by this.
  private List<VirtualMachine> machines = List.of();
  private int percent;
  private boolean running;
  private boolean closed;

  /**
   * @param clock that {@code timers} are of
   * @param timers closed with this
   */
  Throttle(Clock clock, Timers timers) {
    this.clock = clock;
    this.timers = timers;
  }

  /** Which machines, before anything else. */
  synchronized void of(List<VirtualMachine> of) {
    machines = List.copyOf(of);
  }

  /** The part of the time, in percent; 0 lets them execute always. */
  synchronized void set(int part) {
    percent = part;
    if (part > 0 && !running) {
      running = true;
      hold();
    }
  }

  private synchronized void hold() {
    if (percent == 0 || closed) {
      running = false;
      return;
    }
    machines.forEach(machine -> machine.throttle(true));
    after(PERIOD * percent / ALL, this::letGo);
  }

  private synchronized void letGo() {
    machines.forEach(machine -> machine.throttle(false));
    after(PERIOD * (ALL - percent) / ALL, this::hold);
  }

  private void after(long nanos, Runnable step) {
    if (!closed) {
      Timers.Armed ignored = timers.at(clock.nanos() + nanos, step);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    timers.close();
    machines.forEach(machine -> machine.throttle(false));
  }
}

package atoll.device;

import atoll.host.Clock;
import atoll.host.Timers;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.util.Optional;

/**
 * The watchdog of Allwinner's D1 (D1-H user manual, section 3.8 "Timer", WDOG registers), which
 * stock Linux drives by {@code sunxi_wdt}: a guest that has started it and does not restart it in
 * time has failed.
 *
 * <p>It counts while the machine runs: from {@link #resume} to {@link #pause}. State is guarded by
 * this object's monitor, which the timer's thread takes as well.
 */
public final class SunxiWatchdog implements MmioDevice, Stateful<SunxiWatchdog.State> {
  /** Bytes of address range. */
  public static final long SIZE = 0x1000;

  private static final int IRQ_ENABLE = 0x00; // RW, bit 0
  private static final int IRQ_STATUS = 0x04; // R; writing 1 clears
  private static final int CONTROL = 0x10; // W, restarts the count
  private static final int CONFIG = 0x14; // RW with key
  private static final int MODE = 0x18; // RW with key
  private static final int END = 0x20;

  private static final int KEY = 0x16aa; // bits 31:16 of CONFIG and MODE
  private static final int KEY_SHIFT = 16;
  private static final int RESTART = 0xa57 << 1 | 1; // the whole value of CONTROL
  private static final int RESTART_MASK = 0x1fff;
  private static final int CONFIG_MASK = 0x3;
  private static final int CONFIG_INTERRUPT = 2; // any other value fails the system
  private static final int MODE_MASK = 0xf1;
  private static final int MODE_ENABLE = 1;
  private static final int MODE_INTERVAL_SHIFT = 4;

  /** By the interval field: half a second, then whole ones; what is beyond counts as the last. */
  private static final int[] INTERVAL_HALF_SECONDS = {1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 28, 32};

  private static final long HALF_SECOND = 500_000_000L;
  private static final long OFF = -1;

  private final Clock clock;
  private final Timers timers;
  private final InterruptLine line;
  private final Runnable bite;

  private boolean irqEnabled;
  private boolean irqPending;
  private int config = 1; // its reset value: to the whole system
  private int mode;

  /** Nanoseconds between two restarts while it counts, or {@link #OFF}. */
  private long span = OFF;

  /** Nanoseconds to go, as of the last restart or pause. */
  private long left = OFF;

  @Unsaved("follows from what is left")
  private long deadline;

  @Unsaved("of whoever holds the machine")
  private boolean paused = true;

  @Unsaved("armed again")
  private Timers.Armed timer = () -> {};

  /**
   * The whole state.
   *
   * @param irqEnabled whether an expiry in interrupt mode interrupts
   * @param irqPending whether one has come and was not acknowledged
   * @param config CONFIG without its key
   * @param mode MODE without its key
   * @param span nanoseconds between two restarts, or -1 while it does not count
   * @param left nanoseconds until it expires, if it counts
   */
  public record State(
      boolean irqEnabled, boolean irqPending, int config, int mode, long span, long left) {}

  /**
   * Makes one.
   *
   * @param initial if present, nanoseconds within which the guest must restart it or set it up
   *     anew; otherwise it waits for the guest to start it
   * @param line high on expiry in interrupt mode
   * @param bite called on the timers' thread, under no lock, when the guest has failed; returns at
   *     once
   */
  public SunxiWatchdog(
      Clock clock, Timers timers, Optional<Long> initial, InterruptLine line, Runnable bite) {
    this.clock = clock;
    this.timers = timers;
    this.line = line;
    this.bite = bite;
    initial.ifPresent(nanos -> {
      span = nanos;
      left = nanos;
      mode = MODE_ENABLE;
    });
  }

  @Override
  public String name() {
    return "watchdog";
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return size == 4 && (offset & 3) == 0 && offset < END;
  }

  @Override
  public long read(long offset, int size) {
    return switch ((int) offset) {
      case IRQ_ENABLE -> irqEnabled ? 1 : 0;
      case IRQ_STATUS -> irqPending ? 1 : 0;
      case CONFIG -> config;
      case MODE -> mode;
      default -> 0; // Write-only or not modelled.
    };
  }

  @Override
  public void write(long offset, int size, long value) {
    int v = (int) value;
    switch ((int) offset) {
      case IRQ_ENABLE -> irqEnabled = (v & 1) != 0;
      case IRQ_STATUS -> irqPending &= (v & 1) == 0;
      case CONTROL -> {
        if ((v & RESTART_MASK) == RESTART) {
          restart();
        }
      }
      case CONFIG -> {
        if (v >>> KEY_SHIFT == KEY) {
          config = v & CONFIG_MASK;
        }
      }
      case MODE -> {
        if (v >>> KEY_SHIFT == KEY) {
          mode(v & MODE_MASK);
        }
      }
      default -> {} // Not modelled.
    }
    drive();
  }

  private void mode(int value) {
    mode = value;
    int last = INTERVAL_HALF_SECONDS.length - 1;
    int interval = INTERVAL_HALF_SECONDS[Math.min(value >> MODE_INTERVAL_SHIFT, last)];
    span = (value & MODE_ENABLE) != 0 ? interval * HALF_SECOND : OFF;
    restart();
  }

  /** Begins a new span, if it counts at all. */
  private void restart() {
    left = span;
    if (!paused) {
      arm();
    }
  }

  private void arm() {
    timer.cancel();
    if (span == OFF) {
      return;
    }
    deadline = clock.nanos() + left;
    timer = timers.at(deadline, this::expire);
  }

  /** On the timers' thread, which may come late: after a restart or a pause. */
  private void expire() {
    if (expired()) {
      bite.run();
    }
  }

  /** Whether the guest has failed; in interrupt mode it is told, and has another span. */
  private synchronized boolean expired() {
    if (paused || span == OFF || clock.nanos() < deadline) {
      return false;
    }
    if (config != CONFIG_INTERRUPT) {
      span = OFF;
      return true;
    }
    irqPending = true;
    restart();
    drive();
    return false;
  }

  private void drive() {
    line.set(irqEnabled && irqPending);
  }

  /** The machine stands still from now on, and so does the count. */
  public synchronized void pause() {
    if (!paused) {
      left = left();
      paused = true;
      timer.cancel();
    }
  }

  /** The machine runs from now on; the count goes on. */
  public synchronized void resume() {
    if (paused) {
      paused = false;
      arm();
    }
  }

  private long left() {
    return paused || span == OFF ? left : Math.max(0, deadline - clock.nanos());
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(irqEnabled, irqPending, config, mode, span, left());
  }

  @Override
  public synchronized void restore(State state) {
    irqEnabled = state.irqEnabled;
    irqPending = state.irqPending;
    config = state.config & CONFIG_MASK;
    mode = state.mode & MODE_MASK;
    span = state.span;
    left = state.left;
    if (!paused) {
      arm();
    }
    drive();
  }
}

package atoll.device;

import atoll.host.Clock;
import atoll.host.Timers;
import atoll.state.Stateful;
import atoll.state.Unsaved;

/**
 * The real-time clock of Android's "goldfish" board: nanoseconds since 1970 in two words, and one
 * alarm.
 *
 * <p>Setting the time sets an offset from the machine's clock. State is guarded by this object's
 * monitor, which the alarm's thread takes as well.
 */
public final class GoldfishRtc implements MmioDevice, Stateful<GoldfishRtc.State> {
  /** Bytes of address range. */
  public static final long SIZE = 0x1000;

  // Goldfish virtual hardware, "XI. Goldfish real-time clock".
  private static final int TIME_LOW = 0x00; // reading it latches TIME_HIGH
  private static final int TIME_HIGH = 0x04;
  private static final int ALARM_LOW = 0x08; // writing it arms the alarm
  private static final int ALARM_HIGH = 0x0c;
  private static final int IRQ_ENABLED = 0x10;
  private static final int CLEAR_ALARM = 0x14;
  private static final int ALARM_STATUS = 0x18;
  private static final int CLEAR_INTERRUPT = 0x1c;
  private static final int END = 0x20;

  private final Clock clock;
  private final Timers timers;
  private final InterruptLine line;
  private long offset;
  private int latchedHigh;
  private long alarm;
  private boolean armed;
  private boolean irqEnabled;
  private boolean irqPending;

  @Unsaved("armed again")
  private Timers.Armed timer = () -> {};

  /**
   * The whole state.
   *
   * @param offset nanoseconds that the guest's time is ahead of the clock's
   * @param latchedHigh what TIME_HIGH reads
   * @param alarm nanoseconds since 1970
   * @param armed whether the alarm is still to come
   * @param irqEnabled whether the alarm may interrupt
   * @param irqPending whether the alarm has rung and was not acknowledged
   */
  public record State(
      long offset,
      int latchedHigh,
      long alarm,
      boolean armed,
      boolean irqEnabled,
      boolean irqPending) {}

  public GoldfishRtc(Clock clock, Timers timers, InterruptLine line) {
    this.clock = clock;
    this.timers = timers;
    this.line = line;
  }

  @Override
  public String name() {
    return "rtc";
  }

  @Override
  public boolean decodes(long at, int size, boolean write) {
    return size == 4 && (at & 3) == 0 && at < END;
  }

  @Override
  public long read(long at, int size) {
    int value =
        switch ((int) at) {
          case TIME_LOW -> latch();
          case TIME_HIGH -> latchedHigh;
          case ALARM_LOW -> (int) alarm;
          case ALARM_HIGH -> (int) (alarm >>> 32);
          case IRQ_ENABLED -> irqEnabled ? 1 : 0;
          case ALARM_STATUS -> armed ? 1 : 0;
          default -> 0; // Write-only.
        };
    return Integer.toUnsignedLong(value);
  }

  @Override
  public void write(long at, int size, long value) {
    switch ((int) at) {
      case TIME_LOW -> setTime(withLow(now(), value));
      case TIME_HIGH -> setTime(withHigh(now(), value));
      case ALARM_LOW -> {
        alarm = withLow(alarm, value);
        arm();
      }
      case ALARM_HIGH -> alarm = withHigh(alarm, value);
      case IRQ_ENABLED -> irqEnabled = (value & 1) != 0;
      case CLEAR_ALARM -> disarm();
      case CLEAR_INTERRUPT -> irqPending = false;
      default -> {} // Read-only.
    }
    drive();
  }

  private int latch() {
    long now = now();
    latchedHigh = (int) (now >>> 32);
    return (int) now;
  }

  private long now() {
    return clock.epochNanos() + offset;
  }

  private void setTime(long nanos) {
    offset += nanos - now();
    if (armed) {
      arm();
    }
  }

  private void arm() {
    disarm();
    long wait = alarm - now();
    if (wait <= 0) {
      irqPending = true;
      return;
    }
    armed = true;
    long at = clock.nanos() + wait;
    timer = timers.at(at < 0 ? Long.MAX_VALUE : at, this::ring);
  }

  private void disarm() {
    timer.cancel();
    timer = () -> {};
    armed = false;
  }

  /** On the timer's thread, which may come late: after the alarm was cleared or moved. */
  private synchronized void ring() {
    if (armed && alarm - now() <= 0) {
      disarm();
      irqPending = true;
      drive();
    } else if (armed) {
      arm();
    }
  }

  private void drive() {
    line.set(irqEnabled && irqPending);
  }

  private static long withLow(long old, long value) {
    return (old & 0xffff_ffff_0000_0000L) | (value & 0xffff_ffffL);
  }

  private static long withHigh(long old, long value) {
    return (old & 0xffff_ffffL) | (value << 32);
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(offset, latchedHigh, alarm, armed, irqEnabled, irqPending);
  }

  @Override
  public synchronized void restore(State state) {
    disarm();
    offset = state.offset;
    latchedHigh = state.latchedHigh;
    alarm = state.alarm;
    irqEnabled = state.irqEnabled;
    irqPending = state.irqPending;
    if (state.armed) {
      arm();
    }
    drive();
  }
}

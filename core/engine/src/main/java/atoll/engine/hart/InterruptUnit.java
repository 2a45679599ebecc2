package atoll.engine.hart;

import atoll.cpu.Cpu;
import atoll.engine.Interrupts;
import atoll.host.Clock;
import atoll.state.Unsaved;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The parts of {@code mip}: interrupt inputs, timer comparators, and bits that software set.
 *
 * <p>{@link #raise} and {@link #machineTimer} are called from any thread, the rest by the hart's
 * own.
 */
public final class InterruptUnit {
  private static final int NANOS_PER_TICK = 100;

  /** A comparator that never fires. */
  private static final long NEVER = -1;

  private static final VarHandle LINES;

  static {
    try {
      LINES = MethodHandles.lookup().findVarHandle(InterruptUnit.class, "lines", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Clock clock;

  /** Interrupt inputs as bits of {@code mip}. */
  private volatile long lines;

  private volatile long mtimecmp = NEVER;
  private long stimecmp = NEVER;

  /** Sstc: whether {@code stimecmp}, and not software, drives STIP. */
  private boolean supervisorTimer;

  private long vstimecmp = NEVER;

  /** Sstc: whether {@code vstimecmp} drives VSTIP, beside {@code hvip}. */
  @Unsaved("follows from the configuration registers")
  private boolean guestTimer;

  /** {@code htimedelta}: what a guest's {@code time} is ahead by. */
  private long timeDelta;

  /** {@code hvip}. */
  private long virtualPending;

  /** SEIP and STIP as software wrote them; SEIP is ored with the interrupt controller's. */
  private long softwarePending;

  InterruptUnit(Clock clock) {
    this.clock = clock;
  }

  /** Forgets what software set; inputs and {@code mtimecmp} belong to devices and stay. */
  void reset() {
    softwarePending = 0;
    virtualPending = 0;
    stimecmp = NEVER;
    vstimecmp = NEVER;
    timeDelta = 0;
  }

  void raise(int line, boolean high) {
    long bit = 1L << line;
    if (high) {
      LINES.getAndBitwiseOr(this, bit);
    } else {
      LINES.getAndBitwiseAnd(this, ~bit);
    }
  }

  void machineTimer(long ticks) {
    mtimecmp = ticks;
  }

  void supervisorTimer(long ticks) {
    stimecmp = ticks;
  }

  long supervisorTimer() {
    return stimecmp;
  }

  void enableSupervisorTimer(boolean enabled) {
    supervisorTimer = enabled;
  }

  boolean supervisorTimerEnabled() {
    return supervisorTimer;
  }

  void guestTimer(long ticks) {
    vstimecmp = ticks;
  }

  long guestTimer() {
    return vstimecmp;
  }

  void enableGuestTimer(boolean enabled) {
    guestTimer = enabled;
  }

  void timeDelta(long ticks) {
    timeDelta = ticks;
  }

  long timeDelta() {
    return timeDelta;
  }

  /** {@code time} as a guest reads it. */
  long guestTime() {
    return time() + timeDelta;
  }

  /** {@code hvip}. */
  long virtualPending() {
    return virtualPending;
  }

  /** Writes the bits of {@code hvip} that {@code mask} names. */
  void virtualPending(long value, long mask) {
    long kept = mask & Interrupts.VIRTUAL;
    virtualPending = virtualPending & ~kept | value & kept;
  }

  /** Levels of the inputs, as bits of {@code mip}. */
  long inputs() {
    return lines;
  }

  /** SEIP and STIP as software wrote them. */
  long softwarePending() {
    return softwarePending;
  }

  /** {@code mtimecmp}. */
  long machineTimer() {
    return mtimecmp;
  }

  /** Becomes what these say. */
  void restore(long inputs, long written, long timer) {
    lines = inputs & Interrupts.ALL;
    softwarePending = written & (Interrupts.SEIP | Interrupts.STIP);
    mtimecmp = timer;
  }

  /** {@code time}, in ticks of 100 ns. */
  long time() {
    return clock.nanos() / NANOS_PER_TICK;
  }

  /** {@code mip}. */
  public long pending() {
    return pending(Cpu.UNKNOWN);
  }

  /**
   * {@code mip} at a time.
   *
   * @param nanos of the clock; or {@link Cpu#UNKNOWN} to look, if a timer is set at all
   */
  long pending(long nanos) {
    long set = lines | softwarePending | virtualPending;
    if (supervisorTimer) {
      set &= ~Interrupts.STIP;
    }
    if (mtimecmp == NEVER && stimecmp == NEVER && vstimecmp == NEVER) {
      return set;
    }
    return set | fired(nanos == Cpu.UNKNOWN ? clock.nanos() : nanos);
  }

  /** The interrupts of the timers that have fired by a time of the clock. */
  private long fired(long nanos) {
    long set = 0;
    if (due(mtimecmp, nanos)) {
      set |= Interrupts.MTIP;
    }
    if (supervisorTimer && due(stimecmp, nanos)) {
      set |= Interrupts.STIP;
    }
    if (guestTimer && vstimecmp != NEVER && guestDue(nanos)) {
      set |= Interrupts.VSTIP;
    }
    return set;
  }

  /** Whether a comparator has been reached; a division would take longer than all the rest. */
  private static boolean due(long ticks, long nanos) {
    boolean ever = Long.compareUnsigned(ticks, Long.MAX_VALUE / NANOS_PER_TICK) <= 0;
    return ever && nanos >= ticks * NANOS_PER_TICK;
  }

  private boolean guestDue(long nanos) {
    return Long.compareUnsigned(nanos / NANOS_PER_TICK + timeDelta, vstimecmp) >= 0;
  }

  /** Writes the software-writable bits of {@code mip} that {@code mask} names. */
  public void pending(long value, long mask) {
    long ssip = mask & Interrupts.SSIP;
    if (ssip != 0) {
      raise(Interrupts.SSI, (value & ssip) != 0);
    }
    long kept = mask & (Interrupts.SEIP | Interrupts.STIP);
    softwarePending = softwarePending & ~kept | value & kept;
  }

  /** {@link Clock#nanos} at which the first timer fires whose interrupt is in {@code mie}. */
  long deadline(long mie) {
    long ticks = Long.MAX_VALUE;
    if ((mie & Interrupts.MTIP) != 0) {
      ticks = earlier(ticks, mtimecmp);
    }
    if ((mie & Interrupts.STIP) != 0 && supervisorTimer) {
      ticks = earlier(ticks, stimecmp);
    }
    if ((mie & Interrupts.VSTIP) != 0 && guestTimer && vstimecmp != NEVER) {
      ticks = earlier(ticks, guestDeadline());
    }
    return ticks > Long.MAX_VALUE / NANOS_PER_TICK ? Long.MAX_VALUE : ticks * NANOS_PER_TICK;
  }

  /** When {@code vstimecmp} fires, in ticks of the hart's own {@code time}. */
  private long guestDeadline() {
    long now = time();
    long guest = now + timeDelta;
    return Long.compareUnsigned(guest, vstimecmp) >= 0 ? now : now + (vstimecmp - guest);
  }

  /** The earlier of two times; comparators are unsigned, and a clock never reaches 2^63. */
  private static long earlier(long a, long b) {
    return b < 0 ? a : Math.min(a, b);
  }
}

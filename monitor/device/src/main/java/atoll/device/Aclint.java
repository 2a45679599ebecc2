package atoll.device;

import atoll.host.Clock;
import atoll.state.StateShape;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Machine-level software and timer interrupts, laid out as SiFive's CLINT (RISC-V ACLINT
 * specification, chapters 2 and 3: an MSWI at +0 and an MTIMER at +0x4000 in one range).
 *
 * <p>{@code mtime} counts at 10 MHz with the clock. Writing it shifts what this device shows and
 * compares with; the harts' {@code time} register keeps showing the clock's own count.
 */
public final class Aclint implements MmioDevice, Stateful<Aclint.State> {
  /** Bytes of address range. */
  public static final long SIZE = 0x1_0000;

  /** Nanoseconds of a tick of {@code mtime}. */
  public static final long TICK_NANOS = 100;

  private static final long MSIP = 0; // §3.1, 4 bytes a hart
  private static final long MTIMECMP = 0x4000; // §2.2, 8 bytes a hart
  private static final long MTIME = 0xbff8; // §2.1
  private static final long MTIME_END = MTIME + 8;
  private static final long NEVER = -1;

  private final Clock clock;

  @Unsaved("as they were wired")
  private final List<InterruptLine> msipLines;

  @Unsaved("as they were wired")
  private final List<TimerLine> timerLines;

  private final boolean[] msip;
  private final long[] mtimecmp;
  private long offset;

  /**
   * The whole state.
   *
   * @param offset ticks that {@code mtime} is ahead of the clock
   * @param msip by hart
   * @param mtimecmp by hart, in ticks of {@code mtime}
   */
  public record State(long offset, List<Boolean> msip, List<Long> mtimecmp) {
    public State {
      msip = List.copyOf(msip);
      mtimecmp = List.copyOf(mtimecmp);
    }
  }

  /**
   * Makes one for as many harts as there are lines.
   *
   * @param msip by hart
   * @param timers by hart; told of no deadline before the guest sets one
   */
  public Aclint(Clock clock, List<InterruptLine> msip, List<TimerLine> timers) {
    if (msip.size() != timers.size()) {
      throw new IllegalArgumentException(
          msip.size() + " software lines but " + timers.size() + " timer lines: one each a hart");
    }
    this.clock = clock;
    this.msipLines = List.copyOf(msip);
    this.timerLines = List.copyOf(timers);
    this.msip = new boolean[msip.size()];
    this.mtimecmp = new long[msip.size()];
    Arrays.fill(mtimecmp, NEVER);
  }

  @Override
  public String name() {
    return "aclint";
  }

  @Override
  public boolean decodes(long at, int size, boolean write) {
    if (at < MTIMECMP) {
      return size == 4 && (at & 3) == 0;
    }
    return (size == 4 || size == 8) && (at & (size - 1)) == 0 && at < MTIME_END;
  }

  @Override
  public long read(long at, int size) {
    if (at < MTIMECMP) {
      int hart = (int) ((at - MSIP) >> 2);
      return hart < msip.length && msip[hart] ? 1 : 0;
    }
    return part(doubleword(at), at, size);
  }

  private long doubleword(long at) {
    if (at >= MTIME) {
      return mtime();
    }
    int hart = timerOf(at);
    return hart < mtimecmp.length ? mtimecmp[hart] : 0;
  }

  @Override
  public void write(long at, int size, long value) {
    if (at < MTIMECMP) {
      writeMsip((int) ((at - MSIP) >> 2), (value & 1) != 0);
      return;
    }
    long merged = merge(doubleword(at), at, size, value);
    if (at >= MTIME) {
      offset += merged - mtime();
      rearmAll();
    } else if (timerOf(at) < mtimecmp.length) {
      mtimecmp[timerOf(at)] = merged;
      rearm(timerOf(at));
    }
  }

  private void writeMsip(int hart, boolean high) {
    if (hart < msip.length) {
      msip[hart] = high;
      msipLines.get(hart).set(high);
    }
  }

  private static int timerOf(long at) {
    return (int) ((at - MTIMECMP) >> 3);
  }

  private static long part(long doubleword, long at, int size) {
    if (size == 8) {
      return doubleword;
    }
    return ((at & 4) == 0 ? doubleword : doubleword >>> 32) & 0xffff_ffffL;
  }

  private static long merge(long old, long at, int size, long value) {
    if (size == 8) {
      return value;
    }
    long low = value & 0xffff_ffffL;
    return (at & 4) == 0
        ? (old & 0xffff_ffff_0000_0000L) | low
        : (old & 0xffff_ffffL) | (low << 32);
  }

  private long ticks() {
    return clock.nanos() / TICK_NANOS;
  }

  private long mtime() {
    return ticks() + offset;
  }

  private void rearmAll() {
    for (int hart = 0; hart < mtimecmp.length; hart++) {
      rearm(hart);
    }
  }

  private void rearm(int hart) {
    timerLines.get(hart).deadline(deadline(mtimecmp[hart]));
  }

  /** When the clock's own count makes {@code mtime} reach {@code compare}; unsigned throughout. */
  private long deadline(long compare) {
    if (offset == 0 || compare == NEVER) {
      return compare;
    }
    long now = ticks();
    long ahead = compare - (now + offset);
    if (Long.compareUnsigned(now + offset, compare) >= 0) {
      return now;
    }
    return Long.compareUnsigned(now + ahead, now) < 0 ? NEVER : now + ahead;
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    List<Boolean> software = new ArrayList<>();
    for (boolean high : msip) {
      software.add(high);
    }
    return new State(offset, software, Arrays.stream(mtimecmp).boxed().toList());
  }

  @Override
  public synchronized void restore(State state) {
    StateShape.requireCount("harts in the aclint", state.msip.size(), msip.length);
    StateShape.requireCount("timers in the aclint", state.mtimecmp.size(), mtimecmp.length);
    offset = state.offset;
    for (int hart = 0; hart < msip.length; hart++) {
      writeMsip(hart, state.msip.get(hart));
      mtimecmp[hart] = state.mtimecmp.get(hart);
    }
    rearmAll();
  }
}

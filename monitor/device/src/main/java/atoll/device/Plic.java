package atoll.device;

import atoll.state.StateShape;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The platform-level interrupt controller (RISC-V PLIC specification 1.0.0, SiFive's layout).
 *
 * <p>Every source is level-triggered. Its gateway forwards one request, and no further one until
 * the request is completed; if the line is still high then, it is forwarded again (§4, §9).
 *
 * <p>Lines come in from any device's thread and registers are accessed by every vCPU, so all state
 * is guarded by this object's monitor, which is the last one taken: the PLIC calls nothing but its
 * context lines under it.
 */
public final class Plic implements MmioDevice, Stateful<Plic.State> {
  /** Bytes of address range. */
  public static final long SIZE = 0x60_0000;

  /** Priorities run from 0, never interrupts, to this. */
  public static final int MAX_PRIORITY = 7;

  private static final long PRIORITY = 0; // §5, a word a source
  private static final long PENDING = 0x1000; // §6, a bit a source
  private static final long PENDING_END = 0x1080;
  private static final long ENABLE = 0x2000; // §7, a bit a source, by context
  private static final int ENABLE_STRIDE = 0x80;
  private static final long CONTEXT = 0x20_0000; // §8 and §9
  private static final int CONTEXT_STRIDE = 0x1000;
  private static final int THRESHOLD = 0;
  private static final int CLAIM_COMPLETE = 4;
  private static final int MAX_SOURCES = 1023;

  private final int sources;

  @Unsaved("as they were wired")
  private final List<InterruptLine> contexts;

  private final int[] priority;
  private final long[] level;
  private final long[] pending;
  private final long[] claimed;
  private final long[][] enabled;
  private final int[] threshold;

  @Unsaved("follows from the rest")
  private final boolean[] asserted;

  /**
   * The whole state; the bit sets hold source n in bit n mod 64 of word n / 64.
   *
   * @param priority by source, from 0, which does not exist
   * @param level lines that are high
   * @param pending requests that no context has claimed
   * @param claimed requests that are claimed and not completed
   * @param enabled by context
   * @param threshold by context
   */
  public record State(
      List<Integer> priority,
      List<Long> level,
      List<Long> pending,
      List<Long> claimed,
      List<List<Long>> enabled,
      List<Integer> threshold) {
    public State {
      priority = List.copyOf(priority);
      level = List.copyOf(level);
      pending = List.copyOf(pending);
      claimed = List.copyOf(claimed);
      enabled = enabled.stream().map(List::copyOf).toList();
      threshold = List.copyOf(threshold);
    }
  }

  /**
   * Makes one with sources 1 to {@code sources}.
   *
   * @param contexts by context number; on a board with machine mode, context 2n is hart n's
   *     external interrupt for M and 2n+1 the one for S; without, context n is hart n's for S
   */
  public Plic(int sources, List<InterruptLine> contexts) {
    if (sources < 1 || sources > MAX_SOURCES) {
      throw new IllegalArgumentException(
          "a PLIC has 1 to " + MAX_SOURCES + " sources, not " + sources);
    }
    int words = sources / Long.SIZE + 1;
    this.sources = sources;
    this.contexts = List.copyOf(contexts);
    priority = new int[sources + 1];
    level = new long[words];
    pending = new long[words];
    claimed = new long[words];
    enabled = new long[contexts.size()][words];
    threshold = new int[contexts.size()];
    asserted = new boolean[contexts.size()];
  }

  /** How many sources there are: {@code riscv,ndev}. */
  public int sources() {
    return sources;
  }

  /** The line into source {@code number}, from 1. */
  public InterruptLine source(int number) {
    if (number < 1 || number > sources) {
      throw new IllegalArgumentException(
          "interrupt source " + number + " is not one of 1 to " + sources);
    }
    return high -> drive(number, high);
  }

  private synchronized void drive(int source, boolean high) {
    if (get(level, source) == high) {
      return;
    }
    put(level, source, high);
    // A request once forwarded stays, even if the line falls before it is claimed (§4).
    if (high && !get(claimed, source)) {
      put(pending, source, true);
      update();
    }
  }

  @Override
  public String name() {
    return "plic";
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return size == 4 && (offset & 3) == 0 && offset < SIZE;
  }

  @Override
  public long read(long offset, int size) {
    if (offset >= CONTEXT) {
      return readContext(contextOf(offset), (int) offset & (CONTEXT_STRIDE - 1));
    }
    if (offset >= ENABLE) {
      int context = enableContextOf(offset);
      return context < enabled.length ? word(enabled[context], enableWordOf(offset)) : 0;
    }
    if (offset >= PENDING) {
      return offset < PENDING_END ? word(pending, (int) (offset - PENDING) >> 2) : 0;
    }
    int source = (int) (offset - PRIORITY) >> 2;
    return source <= sources ? priority[source] : 0;
  }

  @Override
  public void write(long offset, int size, long value) {
    if (offset >= CONTEXT) {
      writeContext(contextOf(offset), (int) offset & (CONTEXT_STRIDE - 1), (int) value);
    } else if (offset >= ENABLE) {
      writeEnable(enableContextOf(offset), enableWordOf(offset), (int) value);
    } else if (offset < PENDING) {
      writePriority((int) (offset - PRIORITY) >> 2, (int) value & MAX_PRIORITY);
    }
  }

  private long readContext(int context, int register) {
    if (context >= threshold.length) {
      return 0;
    }
    return switch (register) {
      case THRESHOLD -> threshold[context];
      case CLAIM_COMPLETE -> claim(context);
      default -> 0;
    };
  }

  private void writeContext(int context, int register, int value) {
    if (context >= threshold.length) {
      return;
    }
    switch (register) {
      case THRESHOLD -> {
        threshold[context] = value & MAX_PRIORITY;
        update();
      }
      case CLAIM_COMPLETE -> complete(context, value);
      default -> {} // Reserved.
    }
  }

  private void writeEnable(int context, int word, int value) {
    if (context >= enabled.length || word * Integer.SIZE > sources) {
      return;
    }
    int shift = (word & 1) * Integer.SIZE;
    long[] bits = enabled[context];
    long kept = bits[word >> 1] & ~(0xffff_ffffL << shift);
    bits[word >> 1] = (kept | (value & 0xffff_ffffL) << shift) & existing(word >> 1);
    update();
  }

  private void writePriority(int source, int value) {
    if (source >= 1 && source <= sources) {
      priority[source] = value;
      update();
    }
  }

  /** The best pending source of a context, whatever its threshold (§9), or 0. */
  private int claim(int context) {
    int source = best(context);
    if (source != 0) {
      put(pending, source, false);
      put(claimed, source, true);
      update();
    }
    return source;
  }

  /** Ignored unless the source is enabled for the context (§9). */
  private void complete(int context, int source) {
    if (source < 1 || source > sources || !get(enabled[context], source)) {
      return;
    }
    if (get(claimed, source)) {
      put(claimed, source, false);
      put(pending, source, get(level, source));
      update();
    }
  }

  /** The highest priority wins, then the lowest number; priority 0 never does. */
  private int best(int context) {
    int best = 0;
    for (int i = 0; i < pending.length; i++) {
      for (long bits = pending[i] & enabled[context][i]; bits != 0; bits &= bits - 1) {
        int source = i * Long.SIZE + Long.numberOfTrailingZeros(bits);
        if (priority[source] > priority[best]) {
          best = source;
        }
      }
    }
    return best;
  }

  private void update() {
    for (int context = 0; context < asserted.length; context++) {
      boolean high = priority[best(context)] > threshold[context];
      if (high != asserted[context]) {
        asserted[context] = high;
        contexts.get(context).set(high);
      }
    }
  }

  private static int contextOf(long offset) {
    return (int) (offset - CONTEXT) / CONTEXT_STRIDE;
  }

  private static int enableContextOf(long offset) {
    return (int) (offset - ENABLE) / ENABLE_STRIDE;
  }

  private static int enableWordOf(long offset) {
    return ((int) (offset - ENABLE) & (ENABLE_STRIDE - 1)) >> 2;
  }

  private long existing(int word) {
    long first = word == 0 ? ~1L : ~0L; // Source 0 does not exist.
    int beyond = sources + 1 - word * Long.SIZE;
    return beyond >= Long.SIZE ? first : first & ((1L << beyond) - 1);
  }

  private static long word(long[] bits, int word) {
    return word >> 1 < bits.length
        ? bits[word >> 1] >>> ((word & 1) * Integer.SIZE) & 0xffff_ffffL
        : 0;
  }

  private static boolean get(long[] bits, int source) {
    return (bits[source / Long.SIZE] >>> source & 1) != 0;
  }

  private static void put(long[] bits, int source, boolean value) {
    long bit = 1L << source;
    int word = source / Long.SIZE;
    bits[word] = value ? bits[word] | bit : bits[word] & ~bit;
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    List<List<Long>> enables = new ArrayList<>();
    for (long[] bits : enabled) {
      enables.add(list(bits));
    }
    return new State(
        Arrays.stream(priority).boxed().toList(),
        list(level),
        list(pending),
        list(claimed),
        enables,
        Arrays.stream(threshold).boxed().toList());
  }

  @Override
  public synchronized void restore(State state) {
    StateShape.requireCount("PLIC sources", state.priority.size() - 1, sources);
    StateShape.requireCount("PLIC contexts", state.threshold.size(), threshold.length);
    Arrays.setAll(priority, state.priority::get);
    set(level, state.level);
    set(pending, state.pending);
    set(claimed, state.claimed);
    Arrays.setAll(threshold, state.threshold::get);
    for (int context = 0; context < enabled.length; context++) {
      set(enabled[context], state.enabled.get(context));
      asserted[context] = priority[best(context)] > threshold[context];
      contexts.get(context).set(asserted[context]);
    }
  }

  /** As far as there are such sources: what is saved may say anything. */
  private void set(long[] bits, List<Long> from) {
    Arrays.setAll(bits, word -> from.get(word) & existing(word));
  }

  private static List<Long> list(long[] bits) {
    return Arrays.stream(bits).boxed().toList();
  }
}

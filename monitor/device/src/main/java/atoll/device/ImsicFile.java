package atoll.device;

import atoll.state.Unsaved;
import java.util.Arrays;
import java.util.List;

/**
 * An interrupt file of an IMSIC (RISC-V AIA 1.0, §3.5 and §3.8): which identities are pending and
 * enabled for one privilege level of a hart. The hart reaches it by its CSRs, everybody else by
 * messages.
 *
 * <p>Thread-safe; its monitor is taken before that of its line only.
 */
public final class ImsicFile {
  /** The highest identity; they begin with 1. */
  public static final int IDENTITIES = 255;

  // §3.8: registers by their numbers in miselect and siselect.
  private static final int DELIVERY = 0x70;
  private static final int THRESHOLD = 0x72;
  private static final int PENDING = 0x80;
  private static final int ENABLED = 0xc0;
  private static final int END = 0x100;
  private static final int WORDS = (IDENTITIES + 1) / Long.SIZE;

  private final InterruptLine line;
  private final long[] pending = new long[WORDS];
  private final long[] enabled = new long[WORDS];
  private long delivery;
  private long threshold;

  @Unsaved("follows from the rest")
  private boolean high;

  /**
   * The whole state; the bit sets hold identity n in bit n mod 64 of word n / 64.
   *
   * @param delivery 1 if the hart is to be interrupted
   * @param threshold identities from this one on do not interrupt; 0 for none
   */
  public record State(long delivery, long threshold, List<Long> pending, List<Long> enabled) {
    public State {
      pending = List.copyOf(pending);
      enabled = List.copyOf(enabled);
      if (pending.size() != WORDS || enabled.size() != WORDS) {
        throw new IllegalArgumentException(
            "an interrupt file has %d words of bits, not %d and %d"
                .formatted(WORDS, pending.size(), enabled.size()));
      }
    }
  }

  /**
   * Makes one.
   *
   * @param line the hart's external interrupt for that level
   */
  public ImsicFile(InterruptLine line) {
    this.line = line;
  }

  /** A message has come for it; one with an identity that it does not have is ignored (§3.5). */
  public synchronized void receive(int identity) {
    if (identity >= 1 && identity <= IDENTITIES) {
      pending[identity / Long.SIZE] |= 1L << identity;
      update();
    }
  }

  /** A register by its number, 0x70 to 0xff; those that are reserved read as zero. */
  public synchronized long read(int register) {
    return switch (register) {
      case DELIVERY -> delivery;
      case THRESHOLD -> threshold;
      default -> register >= ENABLED ? word(enabled, register) : word(pending, register);
    };
  }

  private static long word(long[] bits, int register) {
    int word = index(register);
    return register >= PENDING && word < WORDS ? bits[word] : 0;
  }

  private static int index(int register) {
    return (register & ENABLED - PENDING - 1) / 2; // Two numbers for each 64 bits.
  }

  /** Writes a register by its number. */
  public synchronized void write(int register, long value) {
    switch (register) {
      case DELIVERY -> delivery = value & 1;
      case THRESHOLD -> threshold = value & IDENTITIES;
      default -> writeWord(register >= ENABLED ? enabled : pending, register, value);
    }
    update();
  }

  private static void writeWord(long[] bits, int register, long value) {
    int word = index(register);
    if (register >= PENDING && register < END && word < WORDS) {
      bits[word] = word == 0 ? value & ~1L : value; // There is no identity 0.
    }
  }

  /** The identity that is served first: the lowest that is pending and enabled; 0 for none. */
  public synchronized int top() {
    for (int word = 0; word < WORDS; word++) {
      long ready = pending[word] & enabled[word];
      if (ready != 0) {
        int identity = word * Long.SIZE + Long.numberOfTrailingZeros(ready);
        return threshold == 0 || identity < threshold ? identity : 0;
      }
    }
    return 0;
  }

  /** The hart serves an identity, which is then not pending. */
  public synchronized void claim(int identity) {
    pending[identity / Long.SIZE] &= ~(1L << identity);
    pending[0] &= ~1L;
    update();
  }

  private void update() {
    boolean now = delivery == 1 && top() != 0;
    if (now != high) {
      high = now;
      line.set(high);
    }
  }

  synchronized State state() {
    return new State(delivery, threshold, list(pending), list(enabled));
  }

  private static List<Long> list(long[] bits) {
    return Arrays.stream(bits).boxed().toList();
  }

  synchronized void restore(State state) {
    delivery = state.delivery & 1;
    threshold = state.threshold & IDENTITIES;
    Arrays.setAll(pending, state.pending::get);
    Arrays.setAll(enabled, state.enabled::get);
    pending[0] &= ~1L;
    enabled[0] &= ~1L;
    high = delivery == 1 && top() != 0;
    line.set(high);
  }
}

package atoll.engine.hart;

/**
 * The instructions that a hart has retired, and the CSRs that follow their number: {@code minstret}
 * and {@code mcycle}, one cycle for each instruction, unless {@code mcountinhibit} holds them.
 */
public final class RetiredCounters {
  // Bits of mcountinhibit.
  private static final long CYCLE = 1;
  private static final long INSTRET = 1 << 2;

  private long retired;
  private long inhibited;
  private final RetiredCounter instret = new RetiredCounter();
  private final RetiredCounter cycle = new RetiredCounter();

  RetiredCounters() {}

  /** Instructions retired since the hart was made. */
  long instructions() {
    return retired;
  }

  void instructions(long count) {
    retired = count;
  }

  /** The instruction that was counted last has not retired after all. */
  void unretire() {
    retired--;
  }

  void reset() {
    inhibited = 0;
  }

  private boolean held(long counter) {
    return (inhibited & counter) != 0;
  }

  long minstret() {
    return instret.read(retired, held(INSTRET));
  }

  void minstret(long value) {
    instret.write(value, retired, held(INSTRET));
  }

  long mcycle() {
    return cycle.read(retired, held(CYCLE));
  }

  void mcycle(long value) {
    cycle.write(value, retired, held(CYCLE));
  }

  /** {@code mcountinhibit}: a set bit holds its counter still. */
  long mcountinhibit() {
    return inhibited;
  }

  void mcountinhibit(long value) {
    instret.hold(retired, held(INSTRET), (value & INSTRET) != 0);
    cycle.hold(retired, held(CYCLE), (value & CYCLE) != 0);
    inhibited = value;
  }
}

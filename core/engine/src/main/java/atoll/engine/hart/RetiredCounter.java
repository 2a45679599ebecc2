package atoll.engine.hart;

/** A counter CSR that follows retired instructions, at an offset that software sets. */
final class RetiredCounter {
  /** Counter minus retired instructions while it counts; the counter itself while it is held. */
  private long base;

  long read(long retired, boolean held) {
    return held ? base : retired + base;
  }

  void write(long value, long retired, boolean held) {
    base = held ? value : value - retired;
  }

  /** Goes between counting and being held. */
  void hold(long retired, boolean wasHeld, boolean nowHeld) {
    if (wasHeld != nowHeld) {
      base = nowHeld ? base + retired : base - retired;
    }
  }
}

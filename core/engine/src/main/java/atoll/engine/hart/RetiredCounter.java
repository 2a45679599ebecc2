package atoll.engine.hart;

import atoll.state.Unsaved;

/** A counter CSR that follows retired instructions, at an offset that software sets. */
final class RetiredCounter {
  /** Counter minus retired instructions while it counts; the counter itself while it is held. */
  @Unsaved("saved as what it makes the CSR show")
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

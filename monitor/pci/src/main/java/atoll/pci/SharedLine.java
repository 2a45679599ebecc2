package atoll.pci;

import atoll.device.InterruptLine;
import atoll.state.Unsaved;

/**
 * A level-triggered line that several pins drive: high while one of them is (PCI §2.2.6). Its
 * monitor is taken before that of the interrupt controller only.
 */
final class SharedLine {
  private final InterruptLine line;

  /** Pins that are high, a bit each. */
  @Unsaved("its pins are driven again")
  private long high;

  SharedLine(InterruptLine line) {
    this.line = line;
  }

  /** The input of number {@code n}, from 0 to 63. */
  InterruptLine input(int n) {
    return level -> drive(n, level);
  }

  private synchronized void drive(int n, boolean level) {
    high = level ? high | 1L << n : high & ~(1L << n);
    line.set(high != 0);
  }
}

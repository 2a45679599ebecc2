package atoll.pci;

import atoll.device.InterruptLine;
import atoll.state.Unsaved;

/**
 * A function's pin INTA: what the function wants, and whether the command register lets it have it
 * (§7.5.1.1.3). Thread-safe; its monitor is taken before the line's only.
 */
final class IntxPin implements InterruptLine {
  private final InterruptLine line;

  @Unsaved("driven again")
  private boolean level;

  @Unsaved("follows from the command register")
  private boolean enabled = true;

  IntxPin(InterruptLine line) {
    this.line = line;
  }

  @Override
  public synchronized void set(boolean high) {
    level = high;
    line.set(level && enabled);
  }

  synchronized void enable(boolean allowed) {
    enabled = allowed;
    line.set(level && enabled);
  }

  /** What the status register shows, whether enabled or not (§7.5.1.1.4). */
  synchronized boolean level() {
    return level;
  }
}

package atoll.virtio;

import atoll.device.InterruptLine;

/**
 * The interrupts of the MMIO transport: one line for everything, and a register that says why it is
 * high (§4.2.2, InterruptStatus). Its monitor is the last one taken before the line's.
 */
final class InterruptStatus implements VirtioInterrupts {
  private static final int USED = 1;
  private static final int CONFIG = 2;

  private final InterruptLine line;
  private int bits;

  InterruptStatus(InterruptLine line) {
    this.line = line;
  }

  @Override
  public void used(int queue) {
    raise(USED);
  }

  @Override
  public void config() {
    raise(CONFIG);
  }

  @Override
  public void reset() {
    set(0);
  }

  private synchronized void raise(int why) {
    set(bits | why);
  }

  synchronized int bits() {
    return bits;
  }

  /** The driver has seen these (§4.2.2, InterruptACK). */
  synchronized void acknowledge(int seen) {
    set(bits & ~seen);
  }

  /** Makes it what it was when it was saved. */
  synchronized void set(int value) {
    bits = value;
    line.set(bits != 0);
  }
}

package atoll.virtio;

import atoll.device.InterruptLine;

/**
 * One line for all interrupts of a device, and a register that says why it is high (§4.2.2,
 * InterruptStatus; §4.1.4.5, ISR status). Its monitor is the last one taken before the line's.
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

  /** What a driver reads that has then seen all of it (§4.1.4.5). */
  synchronized int take() {
    int seen = bits;
    set(0);
    return seen;
  }

  /** Makes it what it was when it was saved. */
  synchronized void set(int value) {
    bits = value;
    line.set(bits != 0);
  }
}

package atoll.vmm;

import atoll.kernel.Microkernel;
import atoll.kernel.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One direction of a channel: bits that one machine rings and another takes, and the kernel's
 * semaphore by which its monitor is told. Thread-safe.
 *
 * <p>Both monitors hold it, as they hold capabilities for the semaphore; it names nothing else.
 */
public final class Doorbell {
  private final Semaphore bell;
  private final AtomicInteger bits = new AtomicInteger();
  private volatile boolean attended;

  /**
   * The whole state.
   *
   * @param attended whether a machine is there to be rung
   * @param bits rung and not taken
   */
  public record State(boolean attended, int bits) {
    /** Nobody has come yet. */
    public static final State NEW = new State(false, 0);
  }

  /** Makes one whose handler is still to be bound. */
  public Doorbell(Microkernel board, String name, State state) {
    bell = board.createSemaphore(name);
    attended = state.attended;
    bits.set(state.bits);
  }

  State state() {
    return new State(attended, bits.get());
  }

  Semaphore bell() {
    return bell;
  }

  /** Whether there is a handler for rings. */
  boolean attended() {
    return attended;
  }

  /** Begins or ends attendance; what was rung before is gone, unless it only goes on. */
  void attend(boolean now) {
    if (attended != now) {
      bits.set(0);
      attended = now;
    }
  }

  /** Adds bits; the caller counts the semaphore up afterwards. */
  void add(int rung) {
    bits.accumulateAndGet(rung, (before, more) -> before | more);
  }

  /** What was rung since the last call. */
  int take() {
    return bits.getAndSet(0);
  }
}

package atoll.engine;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Where other threads leave work for a hart that must be done between two of its instructions, and
 * wait until it is.
 *
 * <p>A hart inside {@link Hart#run} looks at {@link #pending} at least once every slice and does
 * the work; one outside does it when it enters, before its first instruction. The two meet as in
 * Dekker's algorithm: the poster writes {@code posted} and then reads {@code inside}; the hart
 * writes {@code inside} and then reads {@code posted}.
 */
final class Rendezvous {
  private static final int SPINS = 1000;
  private static final long PAUSE = 20_000;

  private final ConcurrentLinkedQueue<Runnable> work = new ConcurrentLinkedQueue<>();
  private final AtomicLong posted = new AtomicLong();
  private volatile long done;
  private volatile boolean inside;

  /** Adds work; any thread. */
  void post(Runnable request) {
    work.add(request);
    posted.incrementAndGet();
  }

  /**
   * Waits until everything posted so far is done or the hart is outside guest code.
   *
   * @param waiter the hart that waits from inside guest code, whose own work goes on meanwhile so
   *     that two can wait for each other; or null
   */
  void await(Hart waiter) {
    long target = posted.get();
    int turns = 0;
    while (inside && done - target < 0) {
      if (waiter != null) {
        waiter.rendezvous().serve();
      }
      if (++turns < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(PAUSE); // the host may have too few CPUs to run both
      }
    }
  }

  /** Whether there may be work; the hart's own thread. */
  boolean pending() {
    return posted.getPlain() != done;
  }

  /** The hart's thread goes into guest code. */
  void enter() {
    inside = true;
    serve();
  }

  /** The hart's thread has left guest code. */
  void leave() {
    inside = false;
  }

  /** Does what has been posted; the hart's own thread, between two instructions. */
  void serve() {
    long upTo = posted.get();
    if (upTo == done) {
      return;
    }
    Runnable request;
    while ((request = work.poll()) != null) {
      request.run();
    }
    done = upTo;
  }
}

package atoll.front;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Has a run end in order when a signal ends the process: it is stopped, and the process waits for
 * its report. The exit code stays the signal's.
 */
final class OrderlyStop {
  /** How long a signal may take to end the process. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Runnable stop;
  private final CountDownLatch reported = new CountDownLatch(1);
  private final Thread hook = new Thread(this::end, "stop");

  private OrderlyStop(Runnable stop) {
    this.stop = stop;
  }

  /**
   * From now on a signal stops the run.
   *
   * @param stop asks it to end; called at most once, by a thread of its own
   */
  static OrderlyStop begin(Runnable stop) {
    OrderlyStop orderly = new OrderlyStop(stop);
    Runtime.getRuntime().addShutdownHook(orderly.hook);
    return orderly;
  }

  private void end() {
    stop.run();
    try {
      boolean ignored = reported.await(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The run has ended and its report is written. */
  void reported() {
    reported.countDown();
    try {
      boolean ignored = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // A signal is ending the process, and the hook has waited for this.
    }
  }
}

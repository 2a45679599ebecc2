package atoll.front;

import java.util.Optional;

/**
 * How a run is to be ended from outside: by a signal, a key, the end of its time or of its output.
 * It may come in any moment of the run's life, from any thread; the first one counts.
 *
 * <p>While machines are still being made, perhaps of images that are being fetched, the thread that
 * makes them is interrupted. Once they are there, they are stopped, whether they run yet or not.
 */
final class QuitRequest {
  private final Thread maker = Thread.currentThread();

  // Guarded by this.
  private Ending ending;
  private Runnable stop;

  /** Ends the run, unless that has been asked for before. */
  void end(Ending how) {
    Runnable stopping;
    synchronized (this) {
      if (ending != null) {
        return;
      }
      ending = how;
      stopping = stop;
      if (stopping == null) {
        maker.interrupt(); // under the monitor: it must not hit what comes after the making
        return;
      }
    }
    stopping.run();
  }

  /**
   * The machines are there, and no longer is anybody interrupted; called by the thread that has
   * made them.
   *
   * @param stop ends them; it is called at once if they are wanted no longer
   */
  void made(Runnable stop) {
    synchronized (this) {
      this.stop = stop;
      if (ending == null) {
        return;
      }
      boolean ignored = Thread.interrupted();
    }
    stop.run();
  }

  /**
   * The machines could not be made, which is not a failure if nobody wants them any more.
   *
   * @throws RuntimeException {@code problem}, unless the run was to be ended
   */
  Ending unmade(RuntimeException problem) {
    made(() -> {});
    return ending().orElseThrow(() -> problem);
  }

  /** What was asked for. */
  synchronized Optional<Ending> ending() {
    return Optional.ofNullable(ending);
  }
}

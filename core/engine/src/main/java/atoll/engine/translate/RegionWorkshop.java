package atoll.engine.translate;

import atoll.host.ThreadTime;
import atoll.state.Unsaved;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/**
 * Makes regions for the harts of any number of machines, one after another, on another thread than
 * theirs. Each hart waits for one at a time, so that no more wait than there are harts.
 */
@Unsaved("of no machine, and what it makes is a cache")
public final class RegionWorkshop {
  private final Supplier<? extends Executor> threads;

  /** Null before the first order. */
  private Executor thread;

  /** For the thread only; null before the first region, and after one that has failed. */
  private RegionTranslator translator;

  /**
   * @param threads asked once, when the first region is ordered, for where tasks are done one after
   *     another
   */
  public RegionWorkshop(Supplier<? extends Executor> threads) {
    this.threads = threads;
  }

  /** Takes an order, which is done some time later; false if it does not take any more. */
  boolean take(RegionOrder order) {
    order.placed();
    try {
      thread().execute(() -> make(order));
      return true;
    } catch (RejectedExecutionException e) {
      order.withdraw();
      return false;
    }
  }

  private synchronized Executor thread() {
    if (thread == null) {
      thread = threads.get();
    }
    return thread;
  }

  private void make(RegionOrder order) {
    ThreadTime time = ThreadTime.ofCaller();
    long begun = time.nanos();
    MadeRegion made = null;
    Throwable wrong = null;
    try {
      if (translator == null) {
        translator = new RegionTranslator(order.target);
      }
      made = translator.make(order);
    } catch (RuntimeException | Error e) {
      wrong = e; // the hart's machine ends, and others go on
      translator = null; // which may have stopped halfway
    }
    order.payer.accept(Math.max(0, time.nanos() - begun));
    order.done(made, wrong);
  }
}

package atoll.image;

import atoll.host.Tasks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Does the same with each of many things, a few at a time. Used once.
 *
 * @param <T> the things
 */
public final class Lanes<T> {
  private static final long TICK_MILLIS = 200;

  private final ConcurrentLinkedQueue<T> left;
  private final Work<T> work;
  private final int count;
  private volatile RuntimeException failure;

  /**
   * What is done with one thing, on any of several threads.
   *
   * @param <T> the things
   */
  public interface Work<T> {
    void perform(T thing) throws IOException;
  }

  /**
   * @param most how many are worked on at a time
   */
  public Lanes(Collection<T> things, int most, Work<T> work) {
    left = new ConcurrentLinkedQueue<>(things);
    count = Math.min(most, things.size());
    this.work = work;
  }

  /**
   * Does it, and waits for that. If one fails, no others are begun.
   *
   * @param name of the threads
   * @param tick called now and then by the caller's thread
   */
  public void run(Tasks tasks, String name, Runnable tick) throws IOException {
    CountDownLatch lanes = new CountDownLatch(count);
    for (int lane = 0; lane < count; lane++) {
      tasks.start(name + "/" + lane, () -> follow(lanes));
    }
    await(lanes, tick);
    if (failure instanceof UncheckedIOException io) {
      throw io.getCause();
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Also after an interrupt all lanes have ended, so that none works on what is cleared away. */
  private void await(CountDownLatch lanes, Runnable tick) {
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = lanes.await(TICK_MILLIS, TimeUnit.MILLISECONDS);
        tick.run();
      } catch (InterruptedException e) {
        left.clear();
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
      throw new RefusedException("interrupted; start again");
    }
  }

  private void follow(CountDownLatch lanes) {
    try {
      for (T next = left.poll(); next != null; next = left.poll()) {
        work.perform(next);
      }
    } catch (IOException e) {
      fail(new UncheckedIOException(e));
    } catch (RuntimeException e) {
      fail(e);
    } catch (Error e) {
      fail(new IllegalStateException(e.toString(), e));
    } finally {
      lanes.countDown();
    }
  }

  private void fail(RuntimeException reason) {
    failure = reason;
    left.clear();
  }
}

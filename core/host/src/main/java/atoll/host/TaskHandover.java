package atoll.host;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/** Tasks that go to a thread which waits; one of those looks for the next before it parks. */
final class TaskHandover extends SynchronousQueue<Runnable> {
  private static final long serialVersionUID = 1;

  /** What is in the place while a thread looks at it. */
  private static final Runnable WANTED = () -> {};

  private final transient BusyWait wait;
  private final transient AtomicReference<Runnable> place = new AtomicReference<>();

  /** Made beforehand: with no memory left, a place that is wanted must not be forgotten. */
  private final transient BooleanSupplier given = () -> !WANTED.equals(place.get());

  /** When a thread last found nothing to do. */
  private volatile long idle;

  TaskHandover(BusyWait wait) {
    this.wait = wait;
    idle = wait.now();
  }

  @Override
  public boolean offer(Runnable task) {
    wait.waited(idle);
    return place.compareAndSet(WANTED, task) || super.offer(task);
  }

  @Override
  public Runnable poll(long time, TimeUnit unit) throws InterruptedException {
    idle = wait.now();
    if (place.compareAndSet(null, WANTED)) {
      boolean ignored = wait.sees(given);
      Runnable task = place.getAndSet(null);
      if (!WANTED.equals(task)) {
        return task;
      }
    }
    return super.poll(time, unit);
  }
}

package atoll.host;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Tasks that wait for one thread, which looks for the next before it parks. */
final class TaskLine extends LinkedBlockingQueue<Runnable> {
  private static final long serialVersionUID = 1;

  private final transient BusyWait wait;

  private final transient BooleanSupplier given = () -> !isEmpty();

  /** When the thread last found nothing to do. */
  private volatile long idle;

  TaskLine(BusyWait wait) {
    this.wait = wait;
    idle = wait.now();
  }

  @Override
  public boolean offer(Runnable task) {
    if (isEmpty()) {
      wait.waited(idle);
    }
    return super.offer(task);
  }

  @Override
  public Runnable poll(long time, TimeUnit unit) throws InterruptedException {
    if (isEmpty()) {
      idle = wait.now();
      boolean ignored = wait.sees(given);
    }
    return super.poll(time, unit);
  }
}

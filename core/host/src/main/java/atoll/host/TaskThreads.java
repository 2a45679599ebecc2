package atoll.host;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A thread for tasks such as a disk's requests: started by the first, ended when none has come for
 * a while. A platform thread, since a file channel's write holds whatever thread carries it: on
 * virtual threads, a few slow disks would hold the carriers of all machines.
 */
final class TaskThread implements Tasks.Sequence {
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor executor;

  /**
   * Makes one that is not started yet.
   *
   * @param name of the thread
   */
  TaskThread(String name) {
    executor =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> Thread.ofPlatform().name(name).daemon().unstarted(task));
    executor.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  @Override
  public void close() {
    executor.shutdown();
  }
}

package atoll.vmm;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The thread that serves one disk of one machine: started by the first request, ended when none has
 * come for a while. A platform thread, since a file channel's write holds whatever thread carries
 * it: on virtual threads, a few slow disks would hold the carriers of all machines.
 */
final class DiskThread implements Executor, AutoCloseable {
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor executor;

  /**
   * Makes one that is not started yet.
   *
   * @param name of the thread
   */
  DiskThread(String name) {
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

  /** Lets the thread end; it has no request. */
  @Override
  public void close() {
    executor.shutdown();
  }
}

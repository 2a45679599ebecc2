package atoll.host;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads for tasks such as a disk's requests: started when they are needed, ended when no task has
 * come for a while. Platform threads, since a file channel's write holds whatever thread carries
 * it: on virtual threads, a few slow disks would hold the carriers of all machines.
 */
final class TaskThreads implements Tasks.Sequence {
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor executor;

  private TaskThreads(String name, int core, int most, BlockingQueue<Runnable> waiting) {
    executor =
        new ThreadPoolExecutor(
            core,
            most,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            waiting,
            task -> Thread.ofPlatform().name(name).daemon().unstarted(task));
    executor.allowCoreThreadTimeOut(core > 0);
  }

  /** One thread, which does one task after another. */
  static TaskThreads sequence(String name) {
    return new TaskThreads(name, 1, 1, new TaskLine(new BusyWait()));
  }

  /** As many threads as there are tasks, up to {@code most}; what goes beyond that is refused. */
  static TaskThreads crew(String name, int most) {
    return new TaskThreads(name, 0, most, new TaskHandover(new BusyWait()));
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

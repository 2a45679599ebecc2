package atoll.host;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads for tasks such as a disk's requests: started when they are needed, ended when no task has
 * come for a while. Platform threads, since a file channel's write holds whatever thread carries
 * it: on virtual threads, a few slow disks would hold the carriers of all machines.
 */
final class TaskThreads implements Tasks.Sequence {
  private static final long IDLE_SECONDS = 10;

  /** Nanoseconds: the shortest. */
  private static final long SLICE = 100_000;

  private final ThreadPoolExecutor executor;

  private TaskThreads(String name, int core, int most, BlockingQueue<Runnable> waiting) {
    this(core, most, waiting, task -> thread(name, task));
  }

  private TaskThreads(int core, int most, BlockingQueue<Runnable> waiting, ThreadFactory threads) {
    executor = new ThreadPoolExecutor(core, most, IDLE_SECONDS, TimeUnit.SECONDS, waiting, threads);
    executor.allowCoreThreadTimeOut(core > 0);
  }

  /** One thread, which does one task after another. */
  static TaskThreads sequence(String name) {
    return new TaskThreads(name, 1, 1, new TaskLine(new BusyWait()));
  }

  /**
   * The same, on a thread that gives way to others and looks for nothing before it parks. Where
   * others leave it little, it gets that in short pieces, but soon: what is done takes less than
   * one, and what waits for it may be worth much.
   */
  static TaskThreads background(String name) {
    ThreadFactory threads =
        task ->
            thread(
                name,
                () -> {
                  HostThread.giveWay();
                  HostThread.slice(SLICE);
                  task.run();
                });
    return new TaskThreads(1, 1, new LinkedBlockingQueue<>(), threads);
  }

  private static Thread thread(String name, Runnable task) {
    return Thread.ofPlatform().name(name).daemon().unstarted(task);
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

package atoll.host;

import java.util.concurrent.Executor;

/** Threads of the host: virtual ones for single tasks, platform threads for all others. */
final class HostTasks implements Tasks {
  @Override
  public void start(String name, Runnable task) {
    Thread.ofVirtual().name(name).start(task);
  }

  @Override
  public Sequence sequence(String name) {
    return TaskThreads.sequence(name);
  }

  @Override
  public Executor background() {
    return Background.OF_PROCESS;
  }

  @Override
  public Sequence crew(String name, int most) {
    return TaskThreads.crew(name, most);
  }

  /**
   * Made when it is first needed, and never closed: its thread ends while there is nothing to do.
   */
  private static final class Background {
    static final TaskThreads OF_PROCESS = TaskThreads.background("background");
  }
}

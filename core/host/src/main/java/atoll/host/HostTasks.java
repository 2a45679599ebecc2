package atoll.host;

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
  public Sequence crew(String name, int most) {
    return TaskThreads.crew(name, most);
  }
}

package atoll.host;

/** Threads of the host: virtual ones for single tasks, a platform thread for each sequence. */
final class HostTasks implements Tasks {
  @Override
  public void start(String name, Runnable task) {
    Thread.ofVirtual().name(name).start(task);
  }

  @Override
  public Sequence sequence(String name) {
    return new TaskThread(name);
  }
}

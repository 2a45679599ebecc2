package atoll.host;

import java.util.concurrent.Executor;

/** Has work done that its caller cannot wait for. */
public interface Tasks {
  /**
   * Has {@code task} done soon, on a thread that may wait as long as it likes.
   *
   * @param name of the thread
   */
  void start(String name, Runnable task);

  /**
   * A place where tasks are done one after another, in their order; they may wait for the host.
   *
   * @param name of the thread
   */
  Sequence sequence(String name);

  /**
   * Where tasks are done one after another, as far as others leave CPUs of the host to them. They
   * are short and wait for nothing: there is one such place for everybody.
   */
  Executor background();

  /**
   * A place where several tasks are done at the same time; they may wait for the host.
   *
   * @param name of the threads
   * @param most tasks at the same time; one more is refused by {@link
   *     java.util.concurrent.RejectedExecutionException}
   */
  Sequence crew(String name, int most);

  /** Does tasks, until it is closed. */
  interface Sequence extends Executor, AutoCloseable {
    /** Takes no more tasks; those that it has are done. */
    @Override
    void close();
  }
}

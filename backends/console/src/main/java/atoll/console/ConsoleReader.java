package atoll.console;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.time.Duration;

/**
 * The thread that reads what is typed. It ends with its console: a thread that stayed in a read
 * would take what comes later from whoever reads then.
 */
final class ConsoleReader implements AutoCloseable {
  /** How long a read may take to notice that it is over; a thread that does not is a daemon. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Thread thread;

  /**
   * @param reading reads until the end of input, or until it is interrupted
   */
  ConsoleReader(Runnable reading) {
    thread = Thread.ofPlatform().name("console-reader").daemon().start(reading);
  }

  /**
   * This process's standard input. Its reads end when their thread is interrupted, which closes it;
   * those of {@link System#in} would not.
   */
  static InputStream standardInput() {
    return Channels.newInputStream(new FileInputStream(FileDescriptor.in).getChannel());
  }

  /** Ends the reading; may be called twice, and by the reader itself. */
  @Override
  public void close() {
    thread.interrupt();
    if (thread.equals(Thread.currentThread())) {
      return;
    }
    try {
      boolean ignored = thread.join(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package atoll.front;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/**
 * Errors that nothing else has caught: said in one sentence if it is for want of memory, and in
 * full if it is a defect. Any thread.
 */
public final class LastResort implements Thread.UncaughtExceptionHandler {
  /** What it takes to say a sentence and to end, classes that are loaded for it included. */
  private static final int RESERVE = 256 << 10;

  private final PrintStream err;
  private final IntConsumer end;
  private final AtomicBoolean ending = new AtomicBoolean();

  /** Several threads find at once that nothing is left. */
  private final AtomicBoolean saidMemory = new AtomicBoolean();

  /** Heap that is given back when there is no other left. */
  @SuppressWarnings("UnusedVariable") // it is there to be let go
  private byte[] reserve = new byte[RESERVE];

  /**
   * @param end ends the process with an exit code; may not return
   */
  public LastResort(PrintStream err, IntConsumer end) {
    this.err = err;
    this.end = end;
  }

  private void endFor(Throwable problem) {
    try {
      end.accept(tell(problem));
    } catch (OutOfMemoryError again) {
      Runtime.getRuntime().halt(ExitCode.TROUBLE);
    }
  }

  /** Says what went wrong; returns what the process ends with. */
  public int tell(Throwable problem) {
    if (problem instanceof OutOfMemoryError) {
      reserve = null;
      if (saidMemory.compareAndSet(false, true)) {
        err.println(
            "atoll: the JVM has no memory left ("
                + problem.getMessage()
                + "); give it more, such as by ATOLL_JVM_FLAGS=-Xmx512m");
      }
    } else {
      err.println("atoll: this is a bug in Atoll; please report it with the lines that follow");
      problem.printStackTrace(err);
    }
    return ExitCode.TROUBLE;
  }

  /**
   * A thread has died. Without memory others would wait for it in vain, so the process ends; else
   * they go on.
   */
  @Override
  public void uncaughtException(Thread thread, Throwable problem) {
    if (!(problem instanceof OutOfMemoryError)) {
      tell(problem);
    } else if (ending.compareAndSet(false, true)) {
      endFor(problem);
    }
  }
}

package atoll.device;

import java.util.function.LongConsumer;

/**
 * Where a device leaves what may not be done at a stretch. A vCPU does it, in its own time, before
 * it executes guest code again: the one whose exit it was, or, if some other thread came upon it,
 * any one of the machine's that runs. Thread-safe.
 */
public interface GuestWorkQueue {
  /** Adds work; a piece of work that is there already is not added again. */
  void add(GuestWork work);

  /** Work that waits may go on: whatever waits is asked again. */
  void ready();

  /**
   * The vCPU that pays for the work that another thread will do because of the exit that is being
   * served: takes nanoseconds of CPU time, on any thread.
   */
  LongConsumer payer();

  /** By whose priority another thread will wake the machine because of that exit. */
  Donor donor();

  /** A priority that a vCPU had. */
  interface Donor {
    /** The vCPU does not wait for other threads. */
    Donor NONE =
        new Donor() {
          @Override
          public int priority() {
            return -1;
          }

          @Override
          public void run(Runnable action) {
            action.run();
          }
        };

    /** To be compared with others. */
    int priority();

    /** Runs what may wake a vCPU, which inherits the priority. */
    void run(Runnable action);
  }
}

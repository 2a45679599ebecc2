package atoll.device;

/**
 * Where a device leaves what an exit may not do whole. The vCPU whose exit it was does it, in its
 * own time, before it executes guest code again. Thread-safe.
 */
public interface GuestWorkQueue {
  /** Adds work; a piece of work that is there already is not added again. */
  void add(GuestWork work);

  /** Work that waits may go on: whatever waits is asked again. */
  void ready();
}

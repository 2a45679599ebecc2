package atoll.manager;

import atoll.vmm.Outcome;
import java.time.Duration;
import java.util.Optional;

/** Is told what happens to the VMs of a running system; told on threads of the system's. */
public interface SystemListener {
  /**
   * A new start.
   *
   * @param number from 1
   * @param most how many there can be
   * @param backoff until then
   */
  record Restart(int number, int most, Duration backoff) {}

  /** A machine begins again from its images, for whatever reason; returns soon. */
  void beginsAgain(String vm);

  /**
   * A machine goes on, but a person should know something of it, such as a full file system under
   * its disk. Returns soon.
   *
   * @param text a sentence without a full stop
   */
  void noticed(String vm, String text);

  /**
   * A machine has ended by itself; returns soon.
   *
   * @param restart if it will be started again
   */
  void ended(String vm, Outcome outcome, Optional<Restart> restart);
}

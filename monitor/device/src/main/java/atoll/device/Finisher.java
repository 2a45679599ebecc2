package atoll.device;

/**
 * Ends or restarts the machine on a guest's request; called on a vCPU's thread, returns at once.
 */
public interface Finisher {
  /** The guest is done, with {@code code} 0 for success up to 65535. */
  void poweroff(int code);

  /** The guest wants the whole machine to start again. */
  void reset();
}

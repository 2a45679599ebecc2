package atoll.vmm;

/** Ends or restarts the machine at a guest's request; called on vCPU threads, returns at once. */
interface PowerControl {
  /** The guest is done, with {@code code} 0 for success up to 65535. */
  void poweroff(int code);

  /** The guest wants to start again. */
  void reset();

  /** The guest ends or restarts because it has failed. */
  void panic();
}

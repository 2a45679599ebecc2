package atoll.vmm;

/** What ends a machine's life; called on vCPU threads and timers', returns at once. */
interface MachineEvents extends PowerControl {
  /** The guest cannot go on. */
  void failed(String reason);

  /** The guest has not restarted its watchdog in time. */
  void watchdog();
}

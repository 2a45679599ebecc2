package atoll.vmm;

/** What ends a machine's life; called on vCPU threads, returns at once. */
interface MachineEvents extends PowerControl {
  /** The guest cannot go on. */
  void failed(String reason);
}

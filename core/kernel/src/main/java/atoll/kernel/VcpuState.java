package atoll.kernel;

/** The state of a vCPU, as an observer sees it. */
public enum VcpuState {
  /** Not started, or stopped; has no work and costs nothing. */
  STOPPED,
  /** Executes guest code or its exit is being served, or waits for its turn on the pCPU. */
  RUNNING,
  /** Waits for an interrupt or its timer. */
  HALTED,
  /** Held by an operator; continues where it was. */
  PAUSED
}

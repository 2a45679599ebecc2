package atoll.manager;

/** The state of a virtual machine in a running system. */
public enum VmStatus {
  /** Not started yet. */
  READY,
  RUNNING,
  /** Held by an operator; continues where it was. */
  PAUSED,
  /** Ended by an operator, who can start it again. */
  STOPPED,
  /** Ended by itself; will be started again after its backoff. */
  RESTARTING,
  /** Ended by itself, for good unless an operator starts it again. */
  ENDED;

  /** Whether it will go on, or begin again, by itself. */
  boolean alive() {
    return this == RUNNING || this == PAUSED || this == RESTARTING;
  }
}

package atoll.api;

/** What a VM is doing. */
public enum VmState {
  /** Not started yet. */
  READY,
  /** Its harts execute, or wait for an interrupt. */
  RUNNING,
  /** Held by {@link Vm#pause}; goes on where it was. */
  PAUSED,
  /** Ended by {@link Vm#stop}, or with its system. */
  STOPPED,
  /** Ended by itself; begins again by itself, as its restart policy says. */
  RESTARTING,
  /** Ended by itself, for good unless somebody starts it. */
  ENDED
}

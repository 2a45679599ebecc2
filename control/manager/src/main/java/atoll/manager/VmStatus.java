package atoll.manager;

import java.util.List;

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

  /** Whether VMs of these states have come to their end, and none was ended by an operator. */
  static boolean overByItself(List<VmStatus> all) {
    return all.contains(ENDED) && !all.contains(STOPPED) && all.stream().noneMatch(VmStatus::alive);
  }

  /** Whether it will go on, or begin again, by itself. */
  boolean alive() {
    return this == RUNNING || this == PAUSED || this == RESTARTING;
  }
}

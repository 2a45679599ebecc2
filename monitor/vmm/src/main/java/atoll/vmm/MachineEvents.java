package atoll.vmm;

/**
 * The events that end a VM's life, or that its user should know; called on vCPU threads and
 * timers', returns at once.
 */
interface MachineEvents extends PowerControl {
  /** The guest cannot go on. */
  void failed(String reason);

  /** Code of a user's device has thrown something, and the machine cannot go on. */
  void threw(String reason, Throwable cause);

  /** Something that a person should know, though the machine goes on. */
  void noticed(String text);

  /** The guest has not restarted its watchdog in time. */
  void watchdog();

  /** Whether a debugger looks at what fails. */
  boolean attended();

  /** A hart has stopped for a debugger, and the others are about to. */
  void stopped();
}

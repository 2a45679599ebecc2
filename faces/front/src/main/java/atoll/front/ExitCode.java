package atoll.front;

/**
 * The exit codes of the process; docs/cli.md explains each. A guest's own code is passed through.
 */
final class ExitCode {
  /** The guest switched itself off, or the user left; or the command did what it should. */
  static final int SUCCESS = 0;

  /** A running system refuses what it is asked for. */
  static final int REFUSED = 1;

  /** The command line makes no sense. */
  static final int USAGE = 2;

  /** The system has moved to another host, and runs there. */
  static final int MOVED = 119;

  /** The guest asked for a reset: a reboot, or the end of a panic. */
  static final int RESET = 120;

  /** The machine cannot go on: a trap that nothing in the guest handles. */
  static final int FAILED = 121;

  /** The guest did not restart its watchdog in time. */
  static final int WATCHDOG = 122;

  /** A guest has not printed what {@code --expect} says, or has what {@code --fail} says. */
  static final int UNEXPECTED = 123;

  /** {@code --timeout} is over, as {@code timeout(1)} says it. */
  static final int TIMEOUT = 124;

  /** Something of the host or the configuration is in the way, or Atoll has a defect. */
  static final int TROUBLE = 125;

  /**
   * In reports of runs that a signal has ended: which one is not known here. What a shell shows for
   * a death by SIGTERM; the process itself ends with the signal's own code.
   */
  static final int SIGNAL = 143;

  /** Nobody can see the output any more; what a shell shows for a death by SIGPIPE. */
  static final int HANGUP = 141;

  /** The largest code that a process can end with. */
  static final int LARGEST = 255;

  private ExitCode() {}
}

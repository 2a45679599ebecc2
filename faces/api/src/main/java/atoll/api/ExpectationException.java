package atoll.api;

import atoll.scenario.TimeAmount;
import java.time.Duration;

/**
 * What was waited for has not come: a text on a console, or the end of a VM. The message has the
 * tail of the console, so that a report of a failed test shows why.
 */
public final class ExpectationException extends AtollException {
  private static final long serialVersionUID = 1;

  /** Why a wait has ended without what was waited for. */
  public enum Reason {
    /** The limit in guest time is over. */
    TIME,
    /** The limit in the host's time is over; guest time may stand still since all is paused. */
    HOST_TIME,
    /** The VM has ended, and does not begin again by itself. */
    ENDED,
    /** The system has been closed. */
    CLOSED
  }

  /** Why the wait has ended. */
  private final Reason reason;

  /** The last lines of the console. */
  private final String tail;

  ExpectationException(Reason reason, String message, String tail) {
    super(
        tail.isEmpty()
            ? message
            : message + "; the console's last lines:\n" + tail.indent(4).stripTrailing());
    this.reason = reason;
    this.tail = tail;
  }

  /**
   * The failure of a wait for a VM.
   *
   * @param expected what it has not printed; empty if it has not ended
   */
  static ExpectationException of(Vm vm, Reason reason, Duration limit, String expected) {
    String missing = expected.isEmpty() ? "ended" : "printed " + expected;
    String message =
        switch (reason) {
          case TIME ->
              "%s has not %s within %s of guest time"
                  .formatted(vm.name(), missing, TimeAmount.inWords(limit));
          case HOST_TIME ->
              "%s has not %s, and guest time does not go on; is the system paused?"
                  .formatted(vm.name(), missing);
          case ENDED ->
              "%s %s, and has not %s"
                  .formatted(
                      vm.name(), vm.ending().map(Ending::inWords).orElse("has ended"), missing);
          case CLOSED -> "the system was closed before %s %s".formatted(vm.name(), missing);
        };
    return new ExpectationException(reason, message, vm.tail());
  }

  /**
   * Why the wait has ended.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }

  /**
   * The last lines of the console, as plain text.
   *
   * @return empty if there is no console, or nothing was printed
   */
  public String tail() {
    return tail;
  }
}

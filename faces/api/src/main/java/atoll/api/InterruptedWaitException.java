package atoll.api;

/**
 * The thread was interrupted while it waited. Its interrupt status is set again. What it has asked
 * for, such as a VM's stop, goes on; only a pause is taken back.
 */
public final class InterruptedWaitException extends AtollException {
  private static final long serialVersionUID = 1;

  InterruptedWaitException(String message, Throwable cause) {
    super(message, cause);
  }
}

package atoll.device;

/** A device of a user's own cannot be made, or has no state; the message names it and says why. */
public final class PeripheralException extends RuntimeException {
  private static final long serialVersionUID = 1;

  PeripheralException(String message, Throwable cause) {
    super(message, cause);
  }
}

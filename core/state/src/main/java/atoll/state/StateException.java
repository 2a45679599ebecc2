package atoll.state;

/** A saved state cannot be read: the message says where, what was expected, and what is there. */
public final class StateException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StateException(String message) {
    super(message);
  }

  StateException(String message, Throwable cause) {
    super(message, cause);
  }
}

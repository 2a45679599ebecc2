package atoll.server;

/** A line of a client's makes no sense; the message says what was expected. */
final class InvalidRequestException extends Exception {
  private static final long serialVersionUID = 1;

  InvalidRequestException(String message) {
    super(message);
  }
}

package atoll.host;

/** The host refused something; the message says what was asked and what to do next. */
public final class HostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public HostException(String message) {
    super(message);
  }

  public HostException(String message, Throwable cause) {
    super(message, cause);
  }
}

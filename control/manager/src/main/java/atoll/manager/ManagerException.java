package atoll.manager;

/** The request cannot be fulfilled; the message is one sentence that names the next step. */
public final class ManagerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ManagerException(String message) {
    super(message);
  }

  public ManagerException(String message, Throwable cause) {
    super(message, cause);
  }
}

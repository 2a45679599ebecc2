package atoll.migration;

/**
 * A migration has failed, and the system goes on where it was. The message is a clause that says
 * why, such as {@code the connection was lost}.
 */
public final class MigrationException extends Exception {
  private static final long serialVersionUID = 1;

  public MigrationException(String message) {
    super(message);
  }

  public MigrationException(String message, Throwable cause) {
    super(message, cause);
  }
}

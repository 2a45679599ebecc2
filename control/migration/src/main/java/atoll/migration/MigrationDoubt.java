package atoll.migration;

/**
 * The connection was lost in the one moment in which it cannot be known who runs the system: it was
 * given up here, and whether the other end has heard that cannot be asked. It stays paused here
 * until a person knows. The message is a clause that says what was lost.
 */
public final class MigrationDoubt extends Exception {
  private static final long serialVersionUID = 1;

  MigrationDoubt(String message, Throwable cause) {
    super(message, cause);
  }
}

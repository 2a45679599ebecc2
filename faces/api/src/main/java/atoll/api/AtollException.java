package atoll.api;

/**
 * Something cannot be done. The message is one sentence for a person, with what was expected or
 * what to do next; of a scenario file it has a line for each thing that is wrong.
 */
public sealed class AtollException extends RuntimeException
    permits ExpectationException, CommandException, InterruptedWaitException {
  private static final long serialVersionUID = 1;

  /**
   * With a message alone.
   *
   * @param message for a person
   */
  public AtollException(String message) {
    super(message);
  }

  /**
   * With what has caused it.
   *
   * @param message for a person
   * @param cause in the modules below
   */
  public AtollException(String message, Throwable cause) {
    super(message, cause);
  }
}

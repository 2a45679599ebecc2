package atoll.api;

/** A command in a guest could not be run, or has not ended in time; what it has printed so far. */
public final class CommandException extends AtollException {
  private static final long serialVersionUID = 1;

  /** What was printed. */
  private final String output;

  CommandException(String message, String output) {
    super(
        output.isEmpty()
            ? message
            : message + "; its output so far:\n" + output.indent(4).stripTrailing());
    this.output = output;
  }

  /**
   * What the command has printed until then, as far as that is known.
   *
   * @return text of standard output and error together
   */
  public String output() {
    return output;
  }
}

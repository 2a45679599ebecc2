package atoll.script;

/** A system did not do what a step wants; the message is one sentence. */
final class StepFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String tail;

  /**
   * @param tail the end of the console; empty if it says nothing about this
   */
  StepFailure(String message, String tail) {
    super(message);
    this.tail = tail;
  }

  StepFailure(String message, String tail, Throwable cause) {
    super(message, cause);
    this.tail = tail;
  }

  String tail() {
    return tail;
  }
}

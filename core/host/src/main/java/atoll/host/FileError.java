package atoll.host;

/**
 * A call on a file failed, with an error number of Linux. For callers that hand the number on, not
 * for people; so it has no stack trace, and is cheap.
 */
public final class FileError extends Exception {
  private static final long serialVersionUID = 1;

  private final int number;

  /**
   * Makes one.
   *
   * @param number as in {@code errno(3)} of Linux, the same on all processors that Atoll runs on
   */
  public FileError(int number) {
    super("error " + number, null, false, false);
    this.number = number;
  }

  /** The error number. */
  public int number() {
    return number;
  }
}

package atoll.kernel;

/** A fault of the program around the kernel, never of a guest; the message says what to change. */
public final class KernelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public KernelException(String message) {
    super(message);
  }
}

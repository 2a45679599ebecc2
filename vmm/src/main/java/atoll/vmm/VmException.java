package atoll.vmm;

/**
 * A virtual machine cannot be built as configured, such as from a file that is no kernel. The
 * message is for the user: what was found, what was expected, what to do next.
 */
public final class VmException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public VmException(String message) {
    super(message);
  }

  public VmException(String message, Throwable cause) {
    super(message, cause);
  }
}

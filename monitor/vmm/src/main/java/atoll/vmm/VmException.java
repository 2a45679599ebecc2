package atoll.vmm;

import java.util.Optional;

/**
 * A virtual machine cannot be built as configured, such as from a file that is not a kernel. The
 * message is for the user: what was found, what was expected, what to do next.
 */
public final class VmException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final BootPart part;

  public VmException(String message) {
    this((BootPart) null, message);
  }

  public VmException(String message, Throwable cause) {
    super(message, cause);
    part = null;
  }

  /** About a part of what is booted; null for none. */
  VmException(BootPart part, String message) {
    super(message);
    this.part = part;
  }

  /** The part of the boot that it is about, if that is not the part that its context says. */
  Optional<BootPart> part() {
    return Optional.ofNullable(part);
  }
}

package atoll.verify;

import java.util.HexFormat;

/**
 * Translated code that is not proven to keep to its own memory. It never runs; the VM that it was
 * made for ends. This is a fault of Atoll's, or of the host.
 */
public final class RefusedCodeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Bytes that a message shows, from the instruction on. */
  private static final int SHOWN = 16;

  RefusedCodeException(String message) {
    super(message);
  }

  private RefusedCodeException(String message, RefusedCodeException cause) {
    super(message, cause);
  }

  /** A rule that an instruction of a piece does not keep. */
  static RefusedCodeException in(byte[] code, int size, int origin, int at, String rule) {
    int end = Math.min(size, at + SHOWN);
    return new RefusedCodeException(
        "translated code at 0x%x, byte %d of %d: %s: %s"
            .formatted(
                origin,
                at,
                size,
                rule,
                at < end ? HexFormat.ofDelimiter(" ").formatHex(code, at, end) : "its end"));
  }

  /**
   * The same, with the guest's program counter.
   *
   * @param pc where the guest's code is that was translated
   */
  public RefusedCodeException at(long pc) {
    return new RefusedCodeException(
        "the verifier refuses the code for pc 0x%x: %s".formatted(pc, getMessage()), this);
  }
}

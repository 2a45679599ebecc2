package atoll.verify;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.HexFormat;

/**
 * Translated code that is not proven to keep to its own memory. It never runs; the VM that it was
 * made for ends. This is a fault of Atoll's, or of the host.
 */
public final class RefusedCodeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Bytes that a message shows, from the instruction on. */
  private static final int SHOWN = 16;

  /** The place and the instruction; null if the message says all. */
  private final transient Place place;

  /** A text is made of it only if somebody asks, for who refuses millions of pieces on purpose. */
  private record Place(int origin, int at, int size, String shown) {
    String text(String rule) {
      byte[] bytes = shown.getBytes(ISO_8859_1);
      String instruction =
          bytes.length > 0 ? HexFormat.ofDelimiter(" ").formatHex(bytes) : "its end";
      return "translated code at 0x%x, byte %d of %d: %s: %s"
          .formatted(origin, at, size, rule, instruction);
    }
  }

  RefusedCodeException(String message) {
    this(message, null, null);
  }

  private RefusedCodeException(String message, RefusedCodeException cause, Place place) {
    super(message, cause);
    this.place = place;
  }

  /** A rule that an instruction of a piece does not keep. */
  static RefusedCodeException in(byte[] code, int size, int origin, int at, String rule) {
    int end = Math.min(size, at + SHOWN);
    String shown = at < end ? new String(code, at, end - at, ISO_8859_1) : "";
    return new RefusedCodeException(rule, null, new Place(origin, at, size, shown));
  }

  @Override
  public String getMessage() {
    return place == null ? super.getMessage() : place.text(super.getMessage());
  }

  /**
   * The same, with the guest's program counter.
   *
   * @param pc where the guest's code is that was translated
   */
  public RefusedCodeException at(long pc) {
    return new RefusedCodeException(
        "the verifier refuses the code for pc 0x%x: %s".formatted(pc, getMessage()), this, null);
  }
}

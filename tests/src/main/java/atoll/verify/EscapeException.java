package atoll.verify;

/** Code has done what no piece may do. */
final class EscapeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  EscapeException(String what) {
    super(what, null, false, false);
  }
}

package atoll.console;

/** Sees what a guest prints, in order, on the one thread that writes it out. */
@FunctionalInterface
public interface OutputWatch {
  /** Nobody looks. */
  OutputWatch NONE = (bytes, offset, length) -> {};

  /**
   * More output, cut anywhere.
   *
   * @param bytes a buffer that is only valid during the call
   */
  void printed(byte[] bytes, int offset, int length);
}

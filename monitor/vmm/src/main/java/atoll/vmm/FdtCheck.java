package atoll.vmm;

/**
 * Refuses device tree blobs that are not what they should be.
 *
 * @param file the name for messages
 */
record FdtCheck(String file) {
  /**
   * Passes what is valid.
   *
   * @param what the field, or what is measured, and where
   * @param value what it is; 32-bit fields without a sign
   * @param expected what it should be
   * @throws VmException that says all of it
   */
  void require(boolean valid, String what, long value, String expected) {
    if (!valid) {
      throw refusal(what, value, expected);
    }
  }

  /** What is thrown if it is not valid, for where making its texts each time would take long. */
  VmException refusal(String what, long value, String expected) {
    return new VmException(
        "%s is not a valid device tree blob: %s is %d (0x%x), expected %s"
            .formatted(file, what, value, value, expected));
  }
}

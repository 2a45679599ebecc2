package atoll.vmm;

/**
 * The values that an SBI call leaves in the caller's registers.
 *
 * @param a0 the error, or a legacy call's only result
 * @param a1 the value
 * @param registers how many of the two are written
 */
record SbiReply(long a0, long a1, int registers) {
  /** Success without a value. */
  static final SbiReply SUCCESS = error(SbiError.SUCCESS);

  /** The caller does not return from this call. */
  static final SbiReply NONE = new SbiReply(0, 0, 0);

  /** Success with a value. */
  static SbiReply value(long value) {
    return new SbiReply(SbiError.SUCCESS.code, value, 2);
  }

  /** A failure, or success without a value. */
  static SbiReply error(SbiError error) {
    return new SbiReply(error.code, 0, 2);
  }

  /** The result of a legacy call, which leaves a1 alone (SBI §5). */
  static SbiReply legacy(long result) {
    return new SbiReply(result, 0, 1);
  }
}

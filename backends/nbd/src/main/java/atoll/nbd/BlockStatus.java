package atoll.nbd;

/**
 * What is known of bytes one behind another.
 *
 * @param length how many
 * @param hole whether nothing is allocated for them
 * @param zero whether they are known to be zero
 */
public record BlockStatus(long length, boolean hole, boolean zero) {
  public BlockStatus {
    if (length <= 0) {
      throw new IllegalArgumentException("a status of %d bytes".formatted(length));
    }
  }

  int flags() {
    return (hole ? Protocol.STATE_HOLE : 0) | (zero ? Protocol.STATE_ZERO : 0);
  }
}

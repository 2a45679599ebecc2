package atoll.disk;

import atoll.device.spi.BlockBackend;
import java.io.IOException;

/** A disk that knows where it has nothing but zeroes, so that nobody needs to read them. */
interface SparseDisk extends BlockBackend {
  /**
   * Bytes that are all known to be zero, or of which nothing is known.
   *
   * @param length how many
   */
  record Range(long length, boolean zero) {}

  /** What is known of the bytes from {@code offset} on, of at most {@code most}. */
  Range range(long offset, long most) throws IOException;
}

package atoll.device.spi;

/**
 * How much a disk may do in a second, for each VM that has one with limits.
 *
 * @param requests of any kind; {@link #UNLIMITED} for as many as it can
 * @param bytes read and written; the same
 */
public record DiskLimits(long requests, long bytes) {
  /** No limit. */
  public static final long UNLIMITED = 0;

  /** The fewest bytes that can be asked for: a sector would take as long as people wait. */
  public static final long LEAST_BYTES = 4096;

  /** As much as it can. */
  public static final DiskLimits NONE = new DiskLimits(UNLIMITED, UNLIMITED);

  public DiskLimits {
    if (requests < 0 || bytes < 0 || bytes != UNLIMITED && bytes < LEAST_BYTES) {
      throw new IllegalArgumentException(
          "limits of %d requests and %d bytes a second; expected at least 1 and %d"
              .formatted(requests, bytes, LEAST_BYTES));
    }
  }

  /** Whether there is any. */
  public boolean any() {
    return requests != UNLIMITED || bytes != UNLIMITED;
  }
}

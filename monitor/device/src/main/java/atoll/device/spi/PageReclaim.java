package atoll.device.spi;

/** Takes back memory that a guest says it does not use. */
@FunctionalInterface
public interface PageReclaim {
  /**
   * The contents of {@code bytes} of RAM from guest-physical {@code gpa}, whole pages, are no
   * longer needed: they read as zeroes until they are written again.
   */
  void reclaim(long gpa, long bytes);
}

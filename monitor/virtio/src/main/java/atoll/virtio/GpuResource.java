package atoll.virtio;

/**
 * A picture that a driver has made (§5.7.6.8, {@code RESOURCE_CREATE_2D}): rows without gaps, in a
 * part of the {@link VideoMemory}.
 */
final class GpuResource {
  final int id;
  final GpuFormat format;
  final int width;
  final int height;

  /** Where it begins in the video memory. */
  final long start;

  /** Whether there may have been another picture when it was made. */
  final boolean stale;

  /** The guest's memory behind it, or null. */
  private GpuBacking backing;

  /**
   * One of a saved state.
   *
   * @param format as §5.7.6.8 numbers it
   * @param start of its part of the video memory
   * @param backed whether the guest has given it memory
   * @param backing which
   * @param pixels all of them
   */
  @SuppressWarnings("ArrayRecordComponent") // millions of pixels, which nobody compares
  public record State(
      int id,
      int format,
      int width,
      int height,
      long start,
      boolean backed,
      byte[] backing,
      byte[] pixels) {}

  GpuResource(int id, GpuFormat format, int width, int height, long start, boolean stale) {
    this.id = id;
    this.format = format;
    this.width = width;
    this.height = height;
    this.start = start;
    this.stale = stale;
  }

  GpuBacking backing() {
    return backing;
  }

  void backing(GpuBacking memory) {
    backing = memory;
  }

  /** Bytes of a row. */
  long stride() {
    return (long) GpuFormat.PIXEL * width;
  }

  /** Bytes of all rows. */
  long bytes() {
    return stride() * height;
  }

  /** The address behind it in the video memory, in whole pages. */
  long end() {
    return start + VideoMemory.pages(bytes());
  }

  /** Where a pixel is in the video memory. */
  long at(int x, int y) {
    return start + stride() * y + (long) GpuFormat.PIXEL * x;
  }

  /** Pieces of memory that are kept for it. */
  int pieces() {
    return backing == null ? 0 : backing.room();
  }
}

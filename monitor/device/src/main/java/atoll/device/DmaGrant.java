package atoll.device;

import java.util.List;

/**
 * Which memory of its VM a device may access.
 *
 * @param ram whether all of the RAM
 * @param ranges otherwise these
 */
public record DmaGrant(boolean ram, List<Range> ranges) {
  /** No memory. */
  public static final DmaGrant NONE = new DmaGrant(false, List.of());

  /** All of the RAM. */
  public static final DmaGrant RAM = new DmaGrant(true, List.of());

  public DmaGrant {
    ranges = List.copyOf(ranges);
    if (ram && !ranges.isEmpty()) {
      throw new IllegalArgumentException("ranges are part of the RAM, which is granted as a whole");
    }
  }

  /**
   * A range of memory.
   *
   * @param gpa guest-physical address of its first byte
   * @param size bytes
   * @param writable whether the device may change it
   */
  public record Range(long gpa, long size, boolean writable) {
    public Range {
      if (gpa < 0 || size <= 0 || gpa + size < 0) {
        throw new IllegalArgumentException(
            "0x%x bytes at 0x%x are no range of memory".formatted(size, gpa));
      }
    }

    private boolean covers(long address, long length, boolean write) {
      return address >= gpa && length <= size - (address - gpa) && (writable || !write);
    }
  }

  /** Whether all of {@code length} bytes at {@code gpa} are granted, if they are RAM. */
  boolean covers(long gpa, long length, boolean write) {
    return ram || ranges.stream().anyMatch(range -> range.covers(gpa, length, write));
  }
}

package atoll.memory;

/**
 * Contiguous machine memory.
 *
 * @param hpa the host-physical address of its first byte, page-aligned
 * @param bytes whole pages
 */
public record MachineExtent(long hpa, long bytes) {
  public MachineExtent {
    if (hpa < 0 || hpa % GuestMemory.PAGE_SIZE != 0) {
      throw new IllegalArgumentException(
          "host-physical base must be page-aligned: 0x%x".formatted(hpa));
    }
    if (bytes <= 0 || bytes % GuestMemory.PAGE_SIZE != 0) {
      throw new IllegalArgumentException(
          "an extent has whole pages, not %d bytes".formatted(bytes));
    }
  }
}

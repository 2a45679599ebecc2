package atoll.memory;

/**
 * A range of guest-physical addresses that is contiguous in machine memory.
 *
 * @param gpa the guest-physical address of its first byte
 * @param hpa the host-physical address of the same byte
 * @param bytes whole pages
 * @param hva where the process has it
 * @param writable whether the guest may store there
 * @param ram whether it may hold code and page tables: RAM, and ROM, which is not writable; not a
 *     window
 */
public record MappedExtent(
    long gpa, long hpa, long bytes, long hva, boolean writable, boolean ram) {}

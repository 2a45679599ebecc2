package atoll.memory;

import atoll.host.HostMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A contiguous range of guest-physical addresses and what is behind it.
 *
 * @param base the guest-physical address of its first byte, page-aligned
 * @param size bytes, whole pages
 * @param hostBase the host-virtual address of its first byte
 * @param segment the same bytes, bounds-checked; read-only if the region is
 * @param ram whether it may hold code and page tables: RAM, and ROM, which is not writable; not a
 *     window
 * @param stays whether it is there for as long as devices work, so that they may reach it
 * @param machine where they are in machine memory, in order, as many bytes
 * @param firstFrame its first page's number in the {@link GuestMap}
 */
record MemoryRegion(
    long base,
    long size,
    long hostBase,
    MemorySegment segment,
    boolean writable,
    boolean ram,
    boolean stays,
    List<MachineExtent> machine,
    int firstFrame) {
  static MemoryRegion ram(long base, HostMemory memory, List<MachineExtent> machine) {
    return of(base, memory, true, true, true, machine);
  }

  static MemoryRegion rom(long base, HostMemory memory, List<MachineExtent> machine) {
    return of(base, memory, false, true, true, machine);
  }

  static MemoryRegion window(
      long base, HostMemory memory, boolean writable, List<MachineExtent> machine) {
    return of(base, memory, writable, false, true, machine);
  }

  /** A window that is taken away, or put elsewhere, while the machine runs. */
  static MemoryRegion movingWindow(
      long base, HostMemory memory, boolean writable, List<MachineExtent> machine) {
    return of(base, memory, writable, false, false, machine);
  }

  private static MemoryRegion of(
      long base,
      HostMemory memory,
      boolean writable,
      boolean ram,
      boolean stays,
      List<MachineExtent> machine) {
    if (base < 0 || base % GuestMemory.PAGE_SIZE != 0) {
      throw new IllegalArgumentException(
          "guest-physical base must be page-aligned: 0x%x".formatted(base));
    }
    MemorySegment all = memory.segment();
    long bytes = machine.stream().mapToLong(MachineExtent::bytes).sum();
    if (bytes != all.byteSize()) {
      throw new IllegalArgumentException(
          "%d bytes of memory are said to be %d of machine memory"
              .formatted(all.byteSize(), bytes));
    }
    return new MemoryRegion(
        base,
        all.byteSize(),
        memory.address(),
        writable ? all : all.asReadOnly(),
        writable,
        ram,
        stays,
        List.copyOf(machine),
        0);
  }

  /** The same with other numbers for its pages. */
  MemoryRegion numbered(int first) {
    return new MemoryRegion(base, size, hostBase, segment, writable, ram, stays, machine, first);
  }

  /** Its parts that are contiguous in machine memory, by address. */
  List<MappedExtent> extents() {
    List<MappedExtent> extents = new ArrayList<>();
    long offset = 0;
    for (MachineExtent extent : machine) {
      extents.add(
          new MappedExtent(
              base + offset, extent.hpa(), extent.bytes(), hostBase + offset, writable, ram));
      offset += extent.bytes();
    }
    return extents;
  }

  int pages() {
    return Math.toIntExact(size / GuestMemory.PAGE_SIZE);
  }

  /** The number behind its last page's. */
  int endFrame() {
    return firstFrame + pages();
  }

  /** The number of the page at an address in it. */
  int frame(long gpa) {
    return firstFrame + (int) (gpa - base >>> 12);
  }

  /** Whether all of {@code gpa} to {@code gpa + length - 1} is in it; true for an empty range. */
  boolean contains(long gpa, long length) {
    long offset = gpa - base;
    return offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
  }

  /** Whether any byte of {@code gpa} to {@code gpa + length - 1}, a positive length, is in it. */
  boolean overlaps(long gpa, long length) {
    return gpa < base + size && base < gpa + length;
  }

  /** Where the byte at {@code gpa} is; 0 if it is outside. */
  long hva(long gpa) {
    long offset = gpa - base;
    return offset >= 0 && offset < size ? hostBase + offset : 0;
  }
}

package atoll.vmm;

import atoll.host.LargePages;
import atoll.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The data to write into a VM's memory, and how its harts are then entered.
 *
 * @param pieces what goes where
 * @param entry physical address of the first instruction
 * @param deviceTree guest-physical address of the device tree, for a1
 * @param firmwareInfo guest-physical address of {@link FwDynamicInfo}, for a2, or 0
 */
record BootPlan(List<Piece> pieces, long entry, long deviceTree, long firmwareInfo) {
  /**
   * Bytes for guest memory.
   *
   * @param address guest-physical
   * @param size bytes in memory, zeroes behind {@code bytes}
   */
  record Piece(String name, long address, MemorySegment bytes, long size) {}

  private static final int PAGE = GuestMemory.PAGE_SIZE;
  private static final MemorySegment ZEROES = MemorySegment.ofArray(new byte[PAGE]).asReadOnly();

  BootPlan {
    pieces = List.copyOf(pieces);
  }

  /** Writes everything into {@code memory}, which is zero. */
  void load(GuestMemory memory) {
    for (Piece piece : pieces) {
      MemorySegment to = memory.slice(piece.address, piece.bytes.byteSize());
      copyUnlessZero(piece.bytes, to);
      memory.written(piece.address, piece.bytes.byteSize());
    }
  }

  /**
   * Leaves out whole pages of zeroes, of which kernels have many: memory that has never been
   * written takes up none of the host's.
   */
  static void copyUnlessZero(MemorySegment from, MemorySegment to) {
    long size = from.byteSize();
    long begin = 0;
    for (long page = 0; page < size; page += PAGE) {
      long end = Math.min(page + PAGE, size);
      if (MemorySegment.mismatch(from, page, end, ZEROES, 0, end - page) == -1) {
        copy(from, to, begin, page);
        begin = end;
      }
    }
    copy(from, to, begin, size);
  }

  private static void copy(MemorySegment from, MemorySegment to, long begin, long end) {
    LargePages.fill(to.asSlice(begin, end - begin));
    MemorySegment.copy(from, begin, to, begin, end - begin);
  }
}

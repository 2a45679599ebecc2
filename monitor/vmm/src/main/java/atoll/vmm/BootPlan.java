package atoll.vmm;

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

  BootPlan {
    pieces = List.copyOf(pieces);
  }

  /** Writes everything into {@code memory}, which is zero. */
  void load(GuestMemory memory) {
    for (Piece piece : pieces) {
      memory.slice(piece.address, piece.bytes.byteSize()).copyFrom(piece.bytes);
      memory.written(piece.address, piece.bytes.byteSize());
    }
  }
}

package atoll.vmm;

import java.util.List;
import java.util.Objects;

/**
 * A device tree as a blob has it: the nodes, and what is beside them (Devicetree Specification v0.4
 * §5.2, §5.3).
 *
 * @param reservations the memory reservation block, in order
 * @param bootHart {@code boot_cpuid_phys}: the {@code reg} of the hart that boots
 * @param padding bytes behind the last block that {@code totalsize} counts, for software that edits
 *     the tree in place
 */
public record FdtTree(FdtNode root, List<Reservation> reservations, int bootHart, int padding) {
  /**
   * Memory that an operating system keeps off.
   *
   * @param address guest-physical, unsigned
   * @param size bytes, unsigned
   */
  public record Reservation(long address, long size) {}

  public FdtTree {
    Objects.requireNonNull(root, "root");
    reservations = List.copyOf(reservations);
  }

  /** The tree under {@code root}, entered on hart 0, with nothing beside it. */
  static FdtTree of(FdtNode root) {
    return new FdtTree(root, List.of(), 0, 0);
  }

  /** The same with room for edits in place: {@code bytes} or what it has, whichever is more. */
  FdtTree withRoom(int bytes) {
    return new FdtTree(root, reservations, bootHart, Math.max(padding, bytes));
  }
}

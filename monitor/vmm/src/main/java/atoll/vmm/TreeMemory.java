package atoll.vmm;

import atoll.vmm.FdtTree.Reservation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The memory that a user's device tree describes (Devicetree Specification v0.4 §3.4, §3.5, §5.3),
 * so that nothing is placed where the operating system would not take it: in reservations, in
 * regions of {@code /reserved-memory} that have an address, and outside of the {@code /memory}
 * nodes.
 */
final class TreeMemory {
  /** What {@code #address-cells} and {@code #size-cells} are if not given (§2.3.5). */
  private static final int ADDRESS_CELLS = 2;

  private static final int SIZE_CELLS = 1;

  private final FdtTree tree;

  TreeMemory(FdtTree tree) {
    this.tree = tree;
  }

  /** Tells {@code plan} what to keep off. */
  void exclude(MemoryPlan plan) {
    tree.reservations().forEach(plan::exclude);
    reserved().forEach(plan::exclude);
    gaps(plan).forEach(plan::exclude);
  }

  private List<Reservation> reserved() {
    Optional<FdtNode> parent = tree.root().find("reserved-memory");
    return parent.map(node -> regions(node, node.children())).orElse(List.of());
  }

  private List<Reservation> memory() {
    List<FdtNode> nodes =
        tree.root().children().stream()
            .filter(node -> string(node, "device_type", "memory"))
            .toList();
    return regions(tree.root(), nodes);
  }

  /**
   * Refuses a tree that promises memory behind the end of the RAM: an operating system would die of
   * it before it can say so.
   *
   * @param file the tree's name, for the message
   */
  void requireRam(String file, MemoryPlan plan) {
    for (Reservation region : memory()) {
      if (plan.touches(region) && plan.reachesBeyond(region)) {
        throw new VmException(
            BootPart.DEVICE_TREE,
            "%s: /memory ends at 0x%x, but the VM's RAM ends at 0x%x; give it at least %d MiB, or change /memory"
                .formatted(file, MemoryPlan.end(region), plan.end(), plan.mebibytesFor(region)));
      }
    }
  }

  /** What of the RAM is in no {@code /memory} node, if there is one that has any of it. */
  private List<Reservation> gaps(MemoryPlan plan) {
    List<Reservation> memory =
        memory().stream()
            .filter(plan::touches)
            .sorted(Comparator.comparing(Reservation::address, Long::compareUnsigned))
            .toList();
    List<Reservation> gaps = new ArrayList<>();
    long end = 0;
    for (Reservation region : memory) {
      if (Long.compareUnsigned(region.address(), end) > 0) {
        gaps.add(new Reservation(end, region.address() - end));
      }
      long regionEnd = MemoryPlan.end(region);
      end = Long.compareUnsigned(regionEnd, end) > 0 ? regionEnd : end;
    }
    if (!memory.isEmpty()) {
      gaps.add(new Reservation(end, -1 - end));
    }
    return gaps;
  }

  /** What the {@code reg} of each available node says. */
  private static List<Reservation> regions(FdtNode parent, List<FdtNode> nodes) {
    int addressCells = cells(parent, "#address-cells", ADDRESS_CELLS);
    int sizeCells = cells(parent, "#size-cells", SIZE_CELLS);
    List<Reservation> regions = new ArrayList<>();
    for (FdtNode node : nodes) {
      if (isAvailable(node)) {
        node.property("reg").ifPresent(reg -> read(reg, addressCells, sizeCells, regions));
      }
    }
    return regions;
  }

  private static void read(byte[] reg, int addressCells, int sizeCells, List<Reservation> regions) {
    if (addressCells < 1 || addressCells > 2 || sizeCells < 1 || sizeCells > 2) {
      return; // No address of this machine.
    }
    ByteBuffer cells = ByteBuffer.wrap(reg);
    while (cells.remaining() >= 4 * (addressCells + sizeCells)) {
      regions.add(new Reservation(number(cells, addressCells), number(cells, sizeCells)));
    }
  }

  private static long number(ByteBuffer cells, int count) {
    return count == 2 ? cells.getLong() : Integer.toUnsignedLong(cells.getInt());
  }

  private static int cells(FdtNode node, String property, int otherwise) {
    return node.property(property)
        .filter(value -> value.length == 4)
        .map(value -> ByteBuffer.wrap(value).getInt())
        .orElse(otherwise);
  }

  private static boolean isAvailable(FdtNode node) {
    return node.property("status").isEmpty()
        || string(node, "status", "okay")
        || string(node, "status", "ok");
  }

  private static boolean string(FdtNode node, String property, String value) {
    byte[] wanted = new FdtNode("").strings(property, value).property(property).orElseThrow();
    return node.property(property).filter(bytes -> Arrays.equals(bytes, wanted)).isPresent();
  }
}

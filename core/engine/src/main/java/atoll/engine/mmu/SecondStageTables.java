package atoll.engine.mmu;

import atoll.engine.TableMemoryException;
import atoll.host.RawMemory;
import atoll.memory.GuestMemory;
import atoll.memory.MappedExtent;
import atoll.memory.TablePages;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The tables from guest-physical to host-physical addresses of one machine, in machine memory, in
 * the format of Sv39x4 or, for addresses beyond its 2 TiB, Sv48x4 (priv §18.5.1). Shared by the
 * harts; made for one version of the map and then only read.
 *
 * <p>Each extent is mapped by the largest blocks that its addresses and its place allow: 1 GiB, 2
 * MiB, 4 KiB. A hart reaches no machine memory but what {@link #hva} knows: the machine's own.
 */
public final class SecondStageTables implements AutoCloseable {
  private static final int PAGE = GuestMemory.PAGE_SIZE;

  /** The root is four pages, and aligned to as much. */
  private static final int ROOT = 4 * PAGE;

  /** The level of the largest block, 1 GiB. */
  private static final int LARGEST = 2;

  private final PagingMode mode;
  private final List<MappedExtent> extents;
  private final TablePages pages;
  private final long root;
  private final long bytes;
  private final long[] blocks = new long[LARGEST + 1];

  /** Tables by level and by the addresses that they translate. */
  private final Map<Place, Long> tables;

  private record Place(int level, long prefix) {}

  /** What a block's mapping is given to. */
  private interface BlockVisitor {
    void visit(long gpa, long hpa, int level);
  }

  /**
   * Maps everything that {@code memory} has.
   *
   * @throws TableMemoryException if the platform has no machine memory left for them
   */
  SecondStageTables(GuestMemory memory) {
    this(memory, memory.map().extents());
  }

  /** The same for what it is going to have. */
  SecondStageTables(GuestMemory memory, List<MappedExtent> map) {
    extents = map;
    mode = mode(extents);
    tables = places(extents);
    bytes = ROOT + (long) tables.size() * PAGE;
    long taken = taken(extents);
    pages = memory.tables(taken).orElseThrow(() -> new TableMemoryException(taken));
    root = pages.hpa() + ROOT - 1 & -ROOT;
    lay();
    extents.forEach(
        extent -> blocks(extent, (gpa, hpa, level) -> map(gpa, hpa, level, rights(extent))));
  }

  /** Machine memory that the tables for a map take, the room to align the root included. */
  public static long taken(List<MappedExtent> extents) {
    return ROOT + (long) places(extents).size() * PAGE + ROOT - PAGE;
  }

  private static PagingMode mode(List<MappedExtent> extents) {
    long end = extents.stream().mapToLong(e -> e.gpa() + e.bytes()).max().orElseThrow();
    return PagingMode.SV39X4.canonical(end - 1) ? PagingMode.SV39X4 : PagingMode.SV48X4;
  }

  private static void blocks(MappedExtent extent, BlockVisitor visitor) {
    for (long done = 0; done < extent.bytes(); ) {
      long gpa = extent.gpa() + done;
      long hpa = extent.hpa() + done;
      int level = LARGEST;
      while (level > 0 && !fits(gpa | hpa, extent.bytes() - done, level)) {
        level--;
      }
      visitor.visit(gpa, hpa, level);
      done += size(level);
    }
  }

  private static boolean fits(long addresses, long left, int level) {
    return (addresses & size(level) - 1) == 0 && left >= size(level);
  }

  /** Bytes that a leaf of a level maps. */
  private static long size(int level) {
    return (long) PAGE << 9 * level;
  }

  /** The tables that the leaves of a map need below the root; where they are is still open. */
  private static Map<Place, Long> places(List<MappedExtent> extents) {
    int levels = mode(extents).levels;
    Map<Place, Long> places = new HashMap<>();
    BlockVisitor reserve =
        (gpa, hpa, level) -> {
          for (int l = level; l < levels - 1; l++) {
            places.putIfAbsent(new Place(l, prefix(gpa, l)), 0L);
          }
        };
    extents.forEach(extent -> blocks(extent, reserve));
    return places;
  }

  /** What the addresses in one table of a level have in common. */
  private static long prefix(long gpa, int level) {
    return gpa >>> 21 + 9 * level;
  }

  /** Gives each table its page and enters it in the one above. */
  private void lay() {
    long free = root + ROOT;
    for (Map.Entry<Place, Long> table : tables.entrySet()) {
      table.setValue(free);
      free += PAGE;
    }
    tables.forEach((place, hpa) -> {
      long gpa = place.prefix << 21 + 9 * place.level;
      RawMemory.putLong(entry(gpa, place.level + 1), hpa >>> 12 << Pte.PPN_SHIFT | Pte.V);
    });
  }

  private void map(long gpa, long hpa, int level, long rights) {
    blocks[level]++;
    RawMemory.putLong(entry(gpa, level), hpa >>> 12 << Pte.PPN_SHIFT | rights);
  }

  private static long rights(MappedExtent extent) {
    long rights = Pte.V | Pte.R | Pte.U | Pte.A;
    if (extent.writable()) {
      rights |= Pte.W | Pte.D;
    }
    return extent.ram() ? rights | Pte.X : rights;
  }

  /** Where the entry of a level for {@code gpa} is in the process. */
  private long entry(long gpa, int level) {
    boolean top = level == mode.levels - 1;
    long table = top ? root : tables.get(new Place(level, prefix(gpa, level)));
    long index = gpa >>> 12 + 9 * level & (top ? mode.rootMask : 0x1ff);
    return tableHva(table + (index << 3));
  }

  /** The scheme of the tables. */
  PagingMode mode() {
    return mode;
  }

  /** The host-physical address of the root table. */
  long root() {
    return root;
  }

  /** Bytes that the tables take. */
  long bytes() {
    return bytes;
  }

  /** Leaves of a level: 0 is 4 KiB, 1 is 2 MiB, 2 is 1 GiB. */
  long blocks(int level) {
    return blocks[level];
  }

  /** Where the process has the table entry at a host-physical address. */
  long tableHva(long hpa) {
    return pages.memory().address() + (hpa - pages.hpa());
  }

  /** Where the process has the machine's own memory at a host-physical address; 0 elsewhere. */
  long hva(long hpa) {
    for (MappedExtent extent : extents) {
      long offset = hpa - extent.hpa();
      if (offset >= 0 && offset < extent.bytes()) {
        return extent.hva() + offset;
      }
    }
    return 0;
  }

  @Override
  public void close() {
    pages.close();
  }
}

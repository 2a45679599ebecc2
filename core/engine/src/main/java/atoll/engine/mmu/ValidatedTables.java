package atoll.engine.mmu;

import atoll.engine.DirectTables;
import atoll.engine.Hart;
import atoll.engine.HartGroup;
import atoll.engine.TableReply;
import atoll.engine.TableStatus;
import atoll.memory.GuestMemory;
import atoll.memory.MappedExtent;
import atoll.memory.PageGuards;
import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The page tables that a paravirtual guest has registered, and the calls by which it changes them;
 * shared by the harts of one machine. Thread-safe.
 *
 * <p>A registered table names machine memory. The guest can read it, but nothing in the machine can
 * write to it: it is in no write TLB, stores through it are refused in every mode, and devices'
 * writes are dropped. Its calls are served by the hart that makes them, outside of guest code;
 * guest-physical addresses go in, and tables and {@code satp} hold host-physical ones.
 */
public final class ValidatedTables implements DirectTables, PageGuards.Gate {
  /** Bytes of an update: the entry's address, with {@link #KEEP} or not, and its value. */
  private static final int UPDATE = 2 * Long.BYTES;

  /** Set in the address of an entry whose accessed and dirty bits stay as they are. */
  private static final long KEEP = 1;

  private final GuestMemory memory;
  private final MachineMap map;
  private final PageTypes types;
  private final TableRegistry registry;
  private final MmuClients harts;

  /**
   * By hart, the root that {@code satp} names, and behind them those that harts are about to use;
   * plus one.
   */
  @Unsaved("follows from satp")
  private final AtomicIntegerArray roots = new AtomicIntegerArray(2 * HartGroup.MOST_HARTS);

  private volatile boolean called;

  ValidatedTables(GuestMemory memory, MmuClients harts) {
    this.harts = harts;
    this.memory = memory;
    map = new MachineMap(memory);
    types = new PageTypes(memory);
    registry = new TableRegistry(memory, map, types);
    memory.guards().attach(this);
  }

  /**
   * The map is about to change.
   *
   * @throws IllegalStateException if RAM would go that is a table, or that tables lead to
   */
  synchronized void requireUnused(List<MappedExtent> after) {
    for (MappedExtent extent : memory.map().extents()) {
      if (extent.ram() && !after.contains(extent)) {
        requireUnused(extent);
      }
    }
  }

  private void requireUnused(MappedExtent gone) {
    for (long done = 0; done < gone.bytes(); done += GuestMemory.PAGE_SIZE) {
      if (!types.mayBecomeTable(map.frame(gone.gpa() + done), gone.hpa() + done)) {
        throw new IllegalStateException(
            "guest-physical 0x%x is or is named by a registered page table"
                .formatted(gone.gpa() + done));
      }
    }
  }

  /** The map has changed. */
  synchronized void mapChanged() {
    types.resize(memory.map().frames());
    registry.resize(memory.map().frames());
  }

  /** What is registered; {@code caller} and all other harts are outside of guest code. */
  public synchronized State state(MmuClient caller) {
    finish(caller);
    List<Table> all = new ArrayList<>();
    for (MappedExtent extent : memory.map().extents()) {
      if (extent.ram()) {
        addTables(extent, all);
      }
    }
    return new State(called, all);
  }

  private void addTables(MappedExtent ram, List<Table> all) {
    long end = ram.gpa() + ram.bytes();
    for (long gpa = ram.gpa(); gpa < end; gpa += GuestMemory.PAGE_SIZE) {
      int level = types.level(map.frame(gpa));
      if (level != PageTypes.NO_TABLE) {
        all.add(new Table(gpa, level, types.pinned(map.frame(gpa))));
      }
    }
  }

  /** Lets all tables go that calls have left. */
  private void finish(MmuClient caller) {
    do {
      registry.begin(caller);
    } while (!registry.sweep());
  }

  /**
   * Registers tables in memory that is as it was when they were saved: the lower levels first, so
   * that each finds what it leads to.
   */
  public synchronized void restore(MmuClient caller, State from) {
    from.tables().stream()
        .sorted(Comparator.comparingInt(Table::level))
        .forEach(table -> restore(caller, table));
    called = from.called();
  }

  private void restore(MmuClient caller, Table table) {
    registry.begin(caller);
    int frame = page(table.gpa());
    TableStatus status =
        frame == MachineMap.NOWHERE ? TableStatus.FOREIGN : registry.register(frame, table.level());
    if (status != TableStatus.DONE) {
      throw new IllegalArgumentException(
          "the page at 0x%x cannot be a table of level %d: %s"
              .formatted(table.gpa(), table.level(), status));
    }
    if (table.pinned()) {
      types.pin(frame);
    }
  }

  MachineMap map() {
    return map;
  }

  PageTypes types() {
    return types;
  }

  /** Whether the guest has ever called. */
  boolean called() {
    return called;
  }

  private void begin(Hart caller, MmuExit cause) {
    called = true;
    MmuClient hart = harts.client(caller.id());
    hart.counters().count(cause);
    registry.begin(hart);
  }

  @Override
  public synchronized long machineAddress(Hart caller, long gpa) {
    begin(caller, MmuExit.LOOKUP);
    return map.hostPhysical(gpa);
  }

  @Override
  public long contiguous(long gpa) {
    return map.contiguous(gpa);
  }

  @Override
  public synchronized TableStatus pin(Hart caller, long gpa, long level) {
    begin(caller, MmuExit.PIN);
    int frame = page(gpa);
    if (frame == MachineMap.NOWHERE) {
      return TableStatus.FOREIGN;
    }
    if (level < 0 || level >= MOST_LEVELS) {
      return TableStatus.MALFORMED;
    }
    if (types.level(frame) == level && types.pinned(frame)) {
      return TableStatus.KNOWN;
    }
    if (!registry.sweep()) {
      return TableStatus.UNFINISHED;
    }
    TableStatus status = registry.register(frame, (int) level);
    if (status == TableStatus.DONE) {
      types.pin(frame);
    } else if (status != TableStatus.UNFINISHED) {
      registry.revert();
    }
    return status;
  }

  @Override
  public synchronized TableStatus unpin(Hart caller, long gpa) {
    begin(caller, MmuExit.PIN);
    int frame = page(gpa);
    if (frame == MachineMap.NOWHERE) {
      return TableStatus.FOREIGN;
    }
    boolean pinned = types.pinned(frame);
    if (types.level(frame) == PageTypes.NO_TABLE || !pinned && !types.unused(frame)) {
      return TableStatus.CONFLICT;
    }
    types.unpin(frame); // from now on it is not a root for a satp
    if (isRoot(frame)) {
      types.pin(frame);
      return TableStatus.CONFLICT;
    }
    if (types.unused(frame)) {
      registry.doom(frame);
    }
    return registry.sweep() ? TableStatus.DONE : TableStatus.UNFINISHED;
  }

  @Override
  public synchronized TableStatus settle(Hart caller) {
    begin(caller, MmuExit.PIN);
    return registry.sweep() ? TableStatus.DONE : TableStatus.UNFINISHED;
  }

  private int page(long gpa) {
    return (gpa & ~Tlb.PAGE_MASK) == 0 ? map.frame(gpa) : MachineMap.NOWHERE;
  }

  @Override
  public synchronized TableReply update(Hart caller, long gpa, long count) {
    begin(caller, MmuExit.UPDATE);
    if (count < 0 || count > MOST_UPDATES) {
      return new TableReply(TableStatus.MALFORMED, 0);
    }
    if ((gpa & Long.BYTES - 1) != 0 || !memory.contains(gpa, count * UPDATE)) {
      return new TableReply(TableStatus.FOREIGN, 0);
    }
    if (!registry.sweep()) {
      return new TableReply(TableStatus.UNFINISHED, 0);
    }
    for (int i = 0; i < count; i++) {
      long address = memory.getLong(gpa + (long) i * UPDATE);
      long value = memory.getLong(gpa + (long) i * UPDATE + Long.BYTES);
      TableStatus status = registry.update(address & ~KEEP, value, (address & KEEP) != 0);
      if (status == TableStatus.UNFINISHED) {
        return new TableReply(status, i);
      }
      if (status != TableStatus.DONE) {
        registry.revert();
        return new TableReply(status, i);
      }
    }
    return new TableReply(TableStatus.DONE, (int) count);
  }

  // ------------------------------------------------------------ satp

  /**
   * A hart writes {@code satp}; its thread. Said first and looked at then, while {@link #unpin}
   * unpins first and looks then: one of the two sees the other.
   *
   * @param satp a legal value
   * @return whether it may: translation is off, or it names a pinned root of its mode
   */
  boolean enter(int hart, long satp) {
    PagingMode mode = PagingMode.of(satp);
    if (mode == PagingMode.BARE) {
      roots.set(hart, 0);
      return true;
    }
    int frame = map.machineFrame((satp & Pte.PPN) << 12);
    if (frame == MachineMap.NOWHERE) {
      return false;
    }
    int wanted = HartGroup.MOST_HARTS + hart;
    roots.set(wanted, frame + 1);
    boolean root = types.pinned(frame) && types.level(frame) == mode.levels - 1;
    if (root) {
      roots.set(hart, frame + 1);
    }
    roots.set(wanted, 0);
    return root;
  }

  private boolean isRoot(int frame) {
    for (int i = 0; i < roots.length(); i++) {
      if (roots.get(i) == frame + 1) {
        return true;
      }
    }
    return false;
  }

  // ------------------------------------------------------------ walks

  /**
   * The guest-physical address of an entry by its host-physical one; {@link PageWalker#FAULT} if it
   * is in no table of that level.
   */
  long entry(long hpa, int level) {
    int frame = map.machineFrame(hpa);
    return frame != MachineMap.NOWHERE && types.level(frame) == level
        ? map.address(frame) | hpa & ~Tlb.PAGE_MASK
        : PageWalker.FAULT;
  }

  // ------------------------------------------------------------ writes

  /**
   * Something that is not a hart begins to write to RAM: until {@link #endWrite} its pages cannot
   * become tables.
   *
   * @return false if one of them is a table; then nothing may be written
   */
  @Override
  public synchronized boolean beginWrite(long gpa, long length) {
    int last = map.frame(gpa + length - 1);
    for (int frame = map.frame(gpa); frame <= last; frame++) {
      if (!types.addWriter(frame)) {
        dropWriters(map.frame(gpa), frame - 1);
        return false;
      }
    }
    return true;
  }

  @Override
  public synchronized void endWrite(long gpa, long length) {
    dropWriters(map.frame(gpa), map.frame(gpa + length - 1));
  }

  private void dropWriters(int first, int last) {
    for (int frame = first; frame <= last; frame++) {
      types.dropWriter(frame);
    }
  }
}

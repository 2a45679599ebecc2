package atoll.engine.mmu;

import atoll.engine.TableStatus;
import atoll.host.RawMemory;
import atoll.memory.GuestMemory;
import atoll.memory.PageGuards;
import atoll.state.Unsaved;

/**
 * Makes pages tables and lets them go again, tables below them included. Every table in it is whole
 * at any time: its entries are checked and counted, and nobody else can change them. Guarded by the
 * monitor of {@link ValidatedTables}.
 *
 * <p>Work is bounded: one call of a guest's looks at so many entries, and what is left is for the
 * next one.
 */
@Unsaved("of the call under way, which is finished before")
final class TableRegistry {
  private static final int ENTRIES = 512;

  /**
   * Entries that one call looks at, give or take a table: some 50 us. From a root of Sv57 to the
   * first table that it makes a call looks at six tables.
   */
  private static final int BUDGET = 12 * ENTRIES;

  private final GuestMemory memory;
  private final MachineMap map;
  private final PageTypes types;
  private final TableEntries entries;
  private final PageGuards guards;

  /** Tables that may no longer be used. */
  private final FrameList doomed;

  /** Tables that the current call has made. */
  private final int[] fresh = new int[BUDGET / ENTRIES + ValidatedTables.MOST_LEVELS];

  private int freshCount;

  private MmuClient caller;
  private int budget;

  TableRegistry(GuestMemory memory, MachineMap map, PageTypes types) {
    this.memory = memory;
    this.map = map;
    this.types = types;
    guards = memory.guards();
    doomed = new FrameList(memory.map().frames());
    entries = new TableEntries(map, types);
  }

  /** There are pages up to another number. */
  void resize(int frames) {
    doomed.resize(frames);
  }

  /** Begins to serve a call of a hart that is outside of guest code, on the hart's own thread. */
  void begin(MmuClient caller) {
    this.caller = caller;
    budget = BUDGET;
    freshCount = 0;
  }

  /** Makes a page a table, and before it those that it leads to. */
  TableStatus register(int frame, int level) {
    if (types.level(frame) == level) {
      return TableStatus.DONE;
    }
    if (types.level(frame) != PageTypes.NO_TABLE) {
      return TableStatus.CONFLICT;
    }
    TableStatus status = registerChildren(frame, level);
    if (status == TableStatus.DONE) {
      status = budget > 0 ? validate(frame, level) : TableStatus.UNFINISHED;
    }
    return status;
  }

  /** Reads entries that may still change; {@link #validate} reads them again when they cannot. */
  private TableStatus registerChildren(int frame, int level) {
    budget -= ENTRIES;
    for (int i = 0; i < ENTRIES && level > 0; i++) {
      TableStatus status = registerChild(read(frame, i), level);
      if (status != TableStatus.DONE) {
        return status;
      }
    }
    return TableStatus.DONE;
  }

  private TableStatus registerChild(long pte, int level) {
    if (!TableEntries.pointer(pte, level)) {
      return TableStatus.DONE;
    }
    int child = entries.child(pte);
    if (child == MachineMap.NOWHERE) {
      return TableStatus.FOREIGN;
    }
    if (types.level(child) == level - 1) {
      return TableStatus.DONE;
    }
    return budget > 0 ? register(child, level - 1) : TableStatus.UNFINISHED;
  }

  /**
   * Makes a page a table whose entries lead to tables already; these may have made it something
   * else meanwhile. It is one, and no store to it is under way, before its entries are read.
   */
  private TableStatus validate(int frame, int level) {
    if (!types.mayBecomeTable(frame, machineAddress(frame))) {
      return TableStatus.CONFLICT;
    }
    budget -= ENTRIES;
    types.makeTable(frame, machineAddress(frame), level);
    guards.revokeFromAll(frame, caller.id());
    for (int i = 0; i < ENTRIES; i++) {
      TableStatus status = entries.acquire(read(frame, i), level);
      if (status != TableStatus.DONE) {
        drop(frame, level, i);
        return status;
      }
    }
    fresh[freshCount++] = frame;
    return TableStatus.DONE;
  }

  /** Takes back a call that has been refused: tables that it has made are no more. */
  void revert() {
    while (freshCount > 0) {
      doomed.add(fresh[--freshCount]);
    }
    sweep();
  }

  /** Lets {@link #sweep} check whether a table is still used. */
  void doom(int frame) {
    doomed.add(frame);
  }

  /**
   * Lets tables go that are pinned nowhere and led to by nothing, and then those below them.
   *
   * @return whether all are gone
   */
  boolean sweep() {
    while (!doomed.isEmpty()) {
      if (budget <= 0) {
        return false;
      }
      int frame = doomed.take();
      int level = types.level(frame);
      if (level != PageTypes.NO_TABLE && types.unused(frame)) {
        budget -= ENTRIES;
        drop(frame, level, ENTRIES);
      }
    }
    return true;
  }

  /** Makes a page none whose first {@code acquired} entries have been counted. */
  private void drop(int frame, int level, int acquired) {
    for (int i = 0; i < acquired; i++) {
      release(read(frame, i), level);
    }
    types.dropTable(frame, machineAddress(frame));
  }

  private void release(long pte, int level) {
    int unused = entries.release(pte, level);
    if (unused != MachineMap.NOWHERE) {
      doomed.add(unused);
    }
  }

  /**
   * Changes one entry of a table.
   *
   * @param gpa where it is
   * @param keep whether the accessed and dirty bits stay as they are
   */
  TableStatus update(long gpa, long pte, boolean keep) {
    int frame = map.frame(gpa);
    if (frame == MachineMap.NOWHERE || (gpa & Long.BYTES - 1) != 0) {
      return TableStatus.FOREIGN;
    }
    int level = types.level(frame);
    if (level == PageTypes.NO_TABLE) {
      return TableStatus.CONFLICT;
    }
    if (budget-- <= 0) {
      return TableStatus.UNFINISHED;
    }
    TableStatus status = registerChild(pte, level);
    if (status == TableStatus.DONE) {
      status = entries.acquire(pte, level);
    }
    if (status != TableStatus.DONE) {
      return status;
    }
    release(exchange(gpa, pte, keep && Pte.leaf(pte) ? Pte.A | Pte.D : 0), level);
    return sweep() ? TableStatus.DONE : TableStatus.UNFINISHED;
  }

  /** Writes an entry, but for the bits of a valid old one that are kept; returns the old one. */
  private long exchange(long gpa, long pte, long kept) {
    long hva = memory.hva(gpa);
    while (true) {
      long old = RawMemory.getLongVolatile(hva);
      long mask = (old & Pte.V) != 0 && Pte.leaf(old) ? kept : 0;
      if (RawMemory.compareAndSetLong(hva, old, pte & ~mask | old & mask)) {
        guards.storedByWalk(gpa, Long.BYTES, caller.id());
        return old;
      }
    }
  }

  private long read(int frame, int entry) {
    return RawMemory.getLongVolatile(memory.hva(map.address(frame)) + (long) entry * Long.BYTES);
  }

  private long machineAddress(int frame) {
    return map.hostPhysical(map.address(frame));
  }
}

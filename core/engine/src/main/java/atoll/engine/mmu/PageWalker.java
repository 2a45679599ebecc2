package atoll.engine.mmu;

import atoll.engine.Privilege;
import atoll.host.RawMemory;
import atoll.memory.GuestMemory;
import atoll.memory.PageGuards;
import atoll.state.Unsaved;

/**
 * Translates an address by the guest's page tables (priv §10.3.2, "Virtual Address Translation
 * Process"; the step numbers below are that section's), in the virtual modes by those of two stages
 * (priv §18.5): the second translates the addresses of the first's tables, and its result.
 */
@Unsaved("of the walk under way")
public final class PageWalker {
  /** Returned instead of a physical address; {@link #cause} says which exception. */
  static final long FAULT = -1;

  /** Pseudoinstructions that stand for the walker's own accesses to an entry (priv §18.6.3). */
  static final int READS_ENTRY = 0x3000;

  static final int WRITES_ENTRY = 0x3020;

  /** Another hart changed the entry between steps 2 and 7: the specification says begin again. */
  private static final long RETRY = -2;

  private final MmuClient hart;
  private final GuestMemory memory;
  private final Pmp pmp;
  private final PageGuards guards;

  /** After a fault: its cause. */
  public int cause;

  /** After a guest-page fault: the guest-physical address that the second stage refused. */
  public long guestPhysical;

  /** After a guest-page fault: 0, or which of the walker's own accesses it was. */
  public int pseudoInstruction;

  /** After a success: bytes in the page that the first stage found. */
  long pageSize;

  /** After a success: whether the first stage's page is in all address spaces. */
  boolean global;

  /** Walks taken, for statistics. */
  public long walks;

  /** Entries of tables that they read. */
  long references;

  /** After a success without a second stage: the tables that the walk has read, by level. */
  final long[] path = new long[5];

  /** After a success: the entry that maps the page, as it is now, and its level. */
  long leaf;

  int leafLevel;

  /** Where the first stage's tables are if no second stage of the guest's follows. */
  MmuTechnique tables;

  /** Whether the walk is in a guest's tables. */
  private boolean guest;

  /** What the walk is for; decides which exception a fault is. */
  private int wanted;

  private TranslationStage second;

  PageWalker(MmuClient hart, GuestMemory memory, Pmp pmp) {
    this.hart = hart;
    this.memory = memory;
    this.pmp = pmp;
    guards = memory.guards();
  }

  /** Follows tables for a person. */
  TableReader reader(MmuTechnique technique, TranslationRegime regime, boolean paged) {
    return new TableReader(memory, technique, regime, paged);
  }

  /**
   * Translates {@code va}.
   *
   * @param access one of {@link Access}
   * @param regime with at least one stage on
   * @param privilege U or S, virtual or not
   * @return the physical address, or {@link #FAULT}
   */
  long walk(long va, int access, TranslationRegime regime, int privilege) {
    walks++;
    wanted = access;
    second = regime.second;
    guest = regime.guest;
    pageSize = GuestMemory.PAGE_SIZE;
    long address = regime.first.on() ? translate(regime.first, va, access, privilege) : va;
    if (address == FAULT || !second.on()) {
      return address;
    }
    return translateGuestPhysical(address, access, 0);
  }

  private long translateGuestPhysical(long address, int access, int pseudo) {
    guestPhysical = address;
    pseudoInstruction = pseudo;
    return translate(second, address, access, Privilege.USER);
  }

  private long translate(TranslationStage stage, long address, int access, int privilege) {
    if (!stage.mode.canonical(address)) {
      return pageFault(stage);
    }
    long result;
    do {
      result = descend(stage, address, access, privilege);
    } while (result == RETRY);
    return result;
  }

  private long descend(TranslationStage stage, long address, int access, int privilege) {
    long table = stage.root; // step 1
    boolean everywhere = false;
    int mask = stage.mode.rootMask;
    for (int level = stage.mode.levels - 1; level >= 0; level--) {
      path[level] = table;
      long entry = table + ((address >>> 12 + 9 * level & mask) << 3);
      mask = 0x1ff;
      long entryAddress = entryAddress(stage, level, entry, Access.READ, READS_ENTRY);
      if (entryAddress == FAULT) {
        return FAULT;
      }
      references++;
      long hva = tableHva(entryAddress);
      if (hva == 0 || !pmp.allows(entryAddress, 8, Access.READ, Privilege.SUPERVISOR)) {
        return accessFault(); // step 2
      }
      long pte = RawMemory.getLongVolatile(hva);
      if (!wellFormed(stage, pte)) { // step 3
        return pageFault(stage);
      }
      everywhere |= (pte & Pte.G) != 0;
      if (Pte.leaf(pte)) { // step 4: a leaf
        if (!permits(stage, pte, access, privilege)) { // step 5
          return pageFault(stage);
        }
        long size = Pte.size(pte, level);
        if (size == 0) { // step 6
          return pageFault(stage);
        }
        long wantedBits = access == Access.WRITE ? Pte.A | Pte.D : Pte.A;
        if ((pte & wantedBits) != wantedBits) { // step 7
          long updated = update(stage, level, entry, hva, pte, wantedBits);
          if (updated != 0) {
            return updated;
          }
        }
        if (!stage.second) {
          pageSize = size;
          leaf = pte | wantedBits;
          leafLevel = level;
          global = everywhere;
        }
        return (Pte.ppn(pte) << 12 & -size) | address & size - 1; // step 8
      }
      if ((pte & (Pte.D | Pte.A | Pte.U | Pte.PBMT | Pte.N)) != 0) {
        return pageFault(stage);
      }
      table = Pte.ppn(pte) << 12;
    }
    return pageFault(stage);
  }

  /**
   * Where an entry is: behind the second stage if the first walks in a guest's memory, and where
   * the technique has the hart's own.
   */
  private long entryAddress(TranslationStage stage, int level, long entry, int access, int pseudo) {
    if (!guest) {
      long address = tables.tableEntry(entry, level);
      return address == FAULT ? accessFault() : address;
    }
    return stage.second || !second.on() ? entry : translateGuestPhysical(entry, access, pseudo);
  }

  private long tableHva(long gpa) {
    return guest ? memory.hva(gpa) : tables.ramHva(gpa);
  }

  private long writableHva(long gpa) {
    return guest ? memory.storeHva(gpa) : tables.storeHva(gpa);
  }

  private static boolean wellFormed(TranslationStage stage, long pte) {
    boolean valid = (pte & Pte.V) != 0 && (pte & (Pte.R | Pte.W)) != Pte.W;
    long memoryType = pte & Pte.PBMT;
    return valid
        && (pte & Pte.RESERVED) == 0
        && (memoryType == 0 || (stage.pageBasedMemoryTypes && memoryType != Pte.PBMT));
  }

  /** Sets accessed and dirty bits; 0 once they are set, else what ends the descent. */
  private long update(
      TranslationStage stage, int level, long entry, long hva, long pte, long bits) {
    if (!stage.updateAccessedDirty) {
      return pageFault(stage);
    }
    long entryAddress = entryAddress(stage, level, entry, Access.WRITE, WRITES_ENTRY);
    if (entryAddress == FAULT) {
      return FAULT;
    }
    if (!pmp.allows(entryAddress, 8, Access.WRITE, Privilege.SUPERVISOR)) {
      return accessFault();
    }
    long writable = writableHva(entryAddress);
    if (writable == 0) {
      return accessFault(); // in ROM
    }
    if (writable != hva || !RawMemory.compareAndSetLong(hva, pte, pte | bits)) {
      return RETRY;
    }
    guards.storedByWalk(entryAddress, 8, hart.id());
    return 0;
  }

  /** Whether a leaf lets a mode do what it wants to. */
  boolean permits(TranslationStage stage, long pte, int access, int privilege) {
    boolean userPage = (pte & Pte.U) != 0;
    if (privilege == Privilege.USER) {
      if (!userPage) {
        return false;
      }
    } else if (userPage && (access == Access.EXECUTE || !stage.sum)) {
      return false;
    }
    return switch (access) {
      case Access.READ, Access.MANAGE ->
          (pte & Pte.R) != 0 || ((pte & Pte.X) != 0 && readsExecutable(stage));
      case Access.WRITE -> (pte & Pte.W) != 0;
      default -> (pte & Pte.X) != 0;
    };
  }

  /** MXR is for loads; the walker's own reads of the first stage's tables are none. */
  private boolean readsExecutable(TranslationStage stage) {
    return stage.mxr && !(stage.second && pseudoInstruction != 0);
  }

  private long pageFault(TranslationStage stage) {
    cause = stage.second ? Access.guestPageFault(wanted) : Access.pageFault(wanted);
    return FAULT;
  }

  private long accessFault() {
    cause = Access.accessFault(wanted);
    return FAULT;
  }
}

package atoll.engine;

import atoll.host.RawMemory;
import atoll.memory.GuestMemory;

/**
 * Translates a virtual address by the guest's page tables (priv §10.3.2, "Virtual Address
 * Translation Process"; the step numbers below are that section's).
 */
final class PageWalker {
  /** Returned instead of a physical address; {@link #cause} says which exception. */
  static final long FAULT = -1;

  private final Hart hart;
  private final GuestMemory memory;
  private final Pmp pmp;
  private final CodeCache code;

  /** Set by the hart from {@code menvcfg}. */
  boolean updateAccessedDirty;

  /** Set by the hart from {@code menvcfg}. */
  boolean pageBasedMemoryTypes;

  /** After a fault: its cause. */
  int cause;

  /** After a success: bytes in the page that was found. */
  long pageSize;

  /** After a success: whether the page is in all address spaces. */
  boolean global;

  /** Walks taken, for statistics. */
  long walks;

  PageWalker(Hart hart, GuestMemory memory, Pmp pmp, CodeCache code) {
    this.hart = hart;
    this.memory = memory;
    this.pmp = pmp;
    this.code = code;
  }

  /**
   * Translates {@code va}.
   *
   * @param access one of {@link Access}
   * @param privilege U or S
   * @return the physical address, or {@link #FAULT}
   */
  long walk(
      long va, int access, PagingMode mode, long satp, int privilege, boolean sum, boolean mxr) {
    walks++;
    if (!mode.canonical(va)) {
      return pageFault(access);
    }
    long result;
    do {
      result = descend(va, access, mode, satp, privilege, sum, mxr);
    } while (result == RETRY);
    return result;
  }

  /** Another hart changed the entry between steps 2 and 7: the specification says begin again. */
  private static final long RETRY = -2;

  private long descend(
      long va, int access, PagingMode mode, long satp, int privilege, boolean sum, boolean mxr) {
    long table = (satp & Pte.PPN) << 12; // step 1
    global = false;
    for (int level = mode.levels - 1; level >= 0; level--) {
      long entryAddress = table + ((va >>> 12 + 9 * level & 0x1ff) << 3);
      long hva = memory.hva(entryAddress);
      if (hva == 0 || !pmp.allows(entryAddress, 8, Access.READ, Privilege.SUPERVISOR)) {
        return accessFault(access); // step 2
      }
      long pte = RawMemory.getLongVolatile(hva);
      if (!wellFormed(pte)) { // step 3
        return pageFault(access);
      }
      global |= (pte & Pte.G) != 0;
      if ((pte & (Pte.R | Pte.X)) != 0) { // step 4: a leaf
        return leaf(va, access, pte, entryAddress, hva, level, privilege, sum, mxr);
      }
      if ((pte & (Pte.D | Pte.A | Pte.U | Pte.PBMT | Pte.N)) != 0) {
        return pageFault(access);
      }
      table = Pte.ppn(pte) << 12;
    }
    return pageFault(access);
  }

  private boolean wellFormed(long pte) {
    boolean valid = (pte & Pte.V) != 0 && (pte & (Pte.R | Pte.W)) != Pte.W;
    long memoryType = pte & Pte.PBMT;
    return valid
        && (pte & Pte.RESERVED) == 0
        && (memoryType == 0 || (pageBasedMemoryTypes && memoryType != Pte.PBMT));
  }

  private long leaf(
      long va,
      int access,
      long pte,
      long entryAddress,
      long hva,
      int level,
      int privilege,
      boolean sum,
      boolean mxr) {
    if (!permits(pte, access, privilege, sum, mxr)) { // step 5
      return pageFault(access);
    }
    long size = 4096L << 9 * level;
    long physical = Pte.ppn(pte) << 12;
    if ((pte & Pte.N) != 0) { // Svnapot: only 64 KiB at the last level is defined
      if (level != 0 || (Pte.ppn(pte) & Pte.NAPOT_MASK) != Pte.NAPOT_64K) {
        return pageFault(access);
      }
      size = 65536;
      physical &= -size;
    }
    if ((physical & size - 1) != 0) { // step 6: a misaligned superpage
      return pageFault(access);
    }
    long wanted = access == Access.WRITE ? Pte.A | Pte.D : Pte.A;
    if ((pte & wanted) != wanted) { // step 7
      if (!updateAccessedDirty) {
        return pageFault(access);
      }
      if (!pmp.allows(entryAddress, 8, Access.WRITE, Privilege.SUPERVISOR)) {
        return accessFault(access);
      }
      if (!RawMemory.compareAndSetLong(hva, pte, pte | wanted)) {
        return RETRY;
      }
      code.stored(entryAddress, 8, hart);
    }
    pageSize = size;
    return physical | va & size - 1; // step 8
  }

  private static boolean permits(long pte, int access, int privilege, boolean sum, boolean mxr) {
    boolean userPage = (pte & Pte.U) != 0;
    if (privilege == Privilege.USER) {
      if (!userPage) {
        return false;
      }
    } else if (userPage && (access == Access.EXECUTE || !sum)) {
      return false;
    }
    return switch (access) {
      case Access.READ -> (pte & Pte.R) != 0 || (mxr && (pte & Pte.X) != 0);
      case Access.WRITE -> (pte & Pte.W) != 0;
      default -> (pte & Pte.X) != 0;
    };
  }

  private long pageFault(int access) {
    cause = Access.pageFault(access);
    return FAULT;
  }

  private long accessFault(int access) {
    cause = Access.accessFault(access);
    return FAULT;
  }
}

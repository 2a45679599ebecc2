package atoll.engine;

import atoll.host.HostMemory;
import atoll.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * One hart's address translation: chooses the TLB that loads, stores and fetches go through, and
 * serves its misses.
 *
 * <p>Translations are cached per value of {@code satp}, so that neither a context switch nor a
 * change of privilege or {@code SUM} flushes anything; {@code sfence.vma} does.
 */
final class Mmu {
  private static final int CONTEXTS = 8;
  private static final int PHYSICAL_BITS = 56;

  /** The TLB for loads and stores now; replaced only between instructions. */
  Tlb data;

  /** The TLB for fetches now. */
  FetchTlb code;

  /** Misses that ended in a cached translation. */
  long fills;

  /** Whole or partial flushes that the guest asked for. */
  long flushes;

  final Pmp pmp = new Pmp();
  final PageWalker walker;
  private final Hart hart;
  private final GuestMemory memory;
  private final CodeCache codeCache;

  /** Holds the TLBs. */
  private final HostMemory tables;

  /** Holds the jump caches; null if there are none. */
  private HostMemory jumpTables;

  private final TlbContext[] contexts = new TlbContext[CONTEXTS];
  private TlbContext current;
  private long uses;

  /** For M mode, and for S and U mode with translation off: they differ by PMP only. */
  private final Tlb machine;

  private final FetchTlb machineCode = new FetchTlb();
  private final Tlb bare;
  private final SupervisorTlb supervisor;
  private final FetchTlb bareCode = new FetchTlb();

  private PagingMode mode = PagingMode.BARE;
  private long satp;
  private int fetchPrivilege = Privilege.MACHINE;
  private int dataPrivilege = Privilege.MACHINE;
  private boolean sum;
  private boolean mxr;

  Mmu(Hart hart, GuestMemory memory, CodeCache codeCache) {
    this.hart = hart;
    this.memory = memory;
    this.codeCache = codeCache;
    walker = new PageWalker(hart, memory, pmp, codeCache);
    tables = HostMemory.allocate(CONTEXTS * TlbContext.BYTES + 3 * Tlb.BYTES);
    Tlb.Epochs epochs = new Tlb.Epochs();
    long address = tables.address();
    machine = new Tlb(address, epochs);
    bare = new Tlb(address + Tlb.BYTES, epochs);
    supervisor = new SupervisorTlb(address + 2 * Tlb.BYTES, epochs);
    address += 3 * Tlb.BYTES;
    for (int i = 0; i < CONTEXTS; i++) {
      contexts[i] = new TlbContext(address + (long) i * TlbContext.BYTES, epochs);
    }
    current = contexts[0];
    choose();
  }

  /** Takes over the hart's privilege and the translation fields of {@code mstatus}. */
  void update(int privilege, long mstatus) {
    fetchPrivilege = privilege;
    dataPrivilege =
        (mstatus & Mstatus.MPRV) != 0
            ? (int) ((mstatus & Mstatus.MPP) >>> Mstatus.MPP_SHIFT)
            : privilege;
    sum = (mstatus & Mstatus.SUM) != 0;
    boolean nowMxr = (mstatus & Mstatus.MXR) != 0;
    if (nowMxr != mxr) {
      mxr = nowMxr;
      flushTranslations();
    }
    choose();
  }

  /**
   * Takes over a legal value of {@code satp}.
   *
   * <p>A kernel that does not use ASIDs is given a fresh address space each time: small ones reuse
   * a root page without a fence, which the specification does not allow but most machines forgive.
   */
  void satp(long value) {
    satp = value;
    mode = PagingMode.of(value);
    supervisor.changeSpace();
    if (mode != PagingMode.BARE) {
      current = context(value);
      current.lastUse = ++uses;
      if (asid(value) == 0) {
        current.flush();
      }
    }
    choose();
  }

  private static int asid(long satp) {
    return (int) (satp >>> 44) & 0xffff;
  }

  private TlbContext context(long value) {
    TlbContext oldest = contexts[0];
    for (TlbContext context : contexts) {
      if (context.satp == value) {
        return context;
      }
      if (context.lastUse < oldest.lastUse) {
        oldest = context;
      }
    }
    oldest.flush();
    oldest.satp = value;
    return oldest;
  }

  private void choose() {
    data = chooseData();
    if (fetchPrivilege == Privilege.MACHINE) {
      code = machineCode;
    } else if (mode == PagingMode.BARE) {
      code = bareCode;
    } else {
      code = fetchPrivilege == Privilege.USER ? current.userCode : supervisor.code;
    }
  }

  private Tlb chooseData() {
    if (dataPrivilege == Privilege.MACHINE) {
      return machine;
    }
    if (mode == PagingMode.BARE) {
      return bare;
    }
    if (dataPrivilege == Privilege.USER) {
      return current.user;
    }
    return sum ? current.supervisorSum : supervisor.data;
  }

  /** Whether {@code sstatus.SUM} decides which TLB the next load uses. */
  boolean sumChooses() {
    return dataPrivilege == Privilege.SUPERVISOR
        && fetchPrivilege == Privilege.SUPERVISOR
        && mode != PagingMode.BARE;
  }

  /** The TLB of S mode in the current address space. */
  Tlb supervisorTlb(boolean withSum) {
    return withSum ? current.supervisorSum : supervisor.data;
  }

  /** Where a load or store of {@code size} bytes goes; -1 after raising the hart's exception. */
  long translateData(long va, int size, int access) {
    return translate(va, size, access, dataPrivilege);
  }

  /** Where the {@code size} bytes of code at {@code va} are; -1 after raising the exception. */
  long translateFetch(long va, int size) {
    return translate(va, size, Access.EXECUTE, fetchPrivilege);
  }

  private long translate(long va, int size, int access, int privilege) {
    long pa;
    if (privilege == Privilege.MACHINE || mode == PagingMode.BARE) {
      walker.pageSize = GuestMemory.PAGE_SIZE;
      pa = va;
    } else {
      pa = walker.walk(va, access, mode, satp, privilege, sum, mxr);
      if (pa == PageWalker.FAULT) {
        hart.raiseException(walker.cause, va);
        return -1;
      }
    }
    if (pa >>> PHYSICAL_BITS != 0 || !pmp.allows(pa, size, access, privilege)) {
      hart.raiseException(Access.accessFault(access), va);
      return -1;
    }
    return pa;
  }

  /** Caches the translation of a RAM page that {@link #translateData} has just allowed. */
  void fillData(long va, long pa, long hva, int access) {
    if (pmp.page(pa, access, dataPrivilege) != Pmp.Verdict.ALLOWED) {
      return;
    }
    fills++;
    if (data == supervisor.data) {
      supervisor.added(walker.global);
    }
    if (access == Access.READ) {
      data.fillRead(va, hva, walker.pageSize);
    } else {
      data.fillWrite(va, hva, walker.pageSize);
    }
  }

  /**
   * The decoded code at {@code va}, cached if PMP treats the whole page alike.
   *
   * @return null after raising the hart's exception, or if the page must be executed instruction by
   *     instruction: then {@link Hart#event} is none
   */
  CodePage fetchPage(long va) {
    long pa = translateFetch(va, 2);
    if (pa < 0) {
      return null;
    }
    if (memory.hva(pa) == 0) {
      hart.raiseException(Access.accessFault(Access.EXECUTE), va);
      return null;
    }
    if (pmp.page(pa, Access.EXECUTE, fetchPrivilege) != Pmp.Verdict.ALLOWED) {
      return null;
    }
    fills++;
    CodePage page = codeCache.page(pa, hart);
    if (code == supervisor.code) {
      supervisor.added(walker.global);
    }
    code.fill(va, page, walker.pageSize);
    return page;
  }

  /** {@code sfence.vma} (priv §10.2.1); {@code asid} &lt; 0 stands for all address spaces. */
  void fence(boolean all, long va, int asid) {
    flushes++;
    supervisor.fence(all, va, asid >= 0);
    for (TlbContext context : contexts) {
      if (context.lastUse == 0 || (asid >= 0 && asid(context.satp) != asid)) {
        continue;
      }
      if (all) {
        context.flush();
      } else {
        context.flushPage(va);
      }
    }
  }

  /** Gives every address space a jump cache, which only translated code uses. */
  void useJumpCaches() {
    jumpTables = HostMemory.allocate((CONTEXTS + 3L) * JumpCache.BYTES);
    long offset = 0;
    for (FetchTlb tlb : codeTlbs()) {
      tlb.jumps = new JumpCache(jumpTables, offset);
      offset += JumpCache.BYTES;
    }
  }

  private List<FetchTlb> codeTlbs() {
    List<FetchTlb> all = new ArrayList<>(List.of(machineCode, bareCode, supervisor.code));
    for (TlbContext context : contexts) {
      all.add(context.userCode);
    }
    return all;
  }

  /** Forgets where translated code is. */
  void flushJumpCaches() {
    for (FetchTlb tlb : codeTlbs()) {
      tlb.jumps.flush();
    }
  }

  /** Entries of the TLBs for loads and stores that have been filled since their last flush. */
  int translations() {
    int count = machine.filled() + bare.filled() + supervisor.data.filled();
    for (TlbContext context : contexts) {
      count += context.user.filled() + context.supervisorSum.filled();
    }
    return count;
  }

  void close() {
    tables.close();
    if (jumpTables != null) {
      jumpTables.close();
    }
  }

  /** Forgets every translation, as after a change that all of them may depend on. */
  void flushTranslations() {
    supervisor.flush();
    for (TlbContext context : contexts) {
      context.flush();
    }
  }

  /** Forgets everything, physical mappings too: PMP has changed. */
  void flushAll() {
    flushTranslations();
    machine.flush();
    machineCode.flush();
    bare.flush();
    bareCode.flush();
  }

  /** Makes the next store to the host page at {@code hva} take the slow path. */
  void forgetWrites(long hva) {
    for (TlbContext context : contexts) {
      context.flushWrites(hva);
    }
    supervisor.data.flushWrites(hva);
    machine.flushWrites(hva);
    bare.flushWrites(hva);
  }

  /** The same for every page. */
  void forgetWrites() {
    for (TlbContext context : contexts) {
      context.flushWrites();
    }
    supervisor.data.flushWrites();
    machine.flushWrites();
    bare.flushWrites();
  }
}

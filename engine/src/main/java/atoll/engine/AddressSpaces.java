package atoll.engine;

import atoll.host.HostMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * The cached translations of everything that shares one second stage: of the hart's own S and U
 * mode, or of VS and VU mode under one value of {@code hgatp}. Within it they are kept by {@code
 * satp} (there {@code vsatp}).
 */
final class AddressSpaces {
  /** The TLB of S and U mode with their translation off. */
  private final Tlb bare;

  private final FetchTlb bareCode = new FetchTlb();
  private final SupervisorTlb supervisor;
  private final TlbContext[] contexts;
  private final HostMemory tables;

  /** Holds the jump caches; null if there are none. */
  private HostMemory jumpTables;

  private TlbContext current;
  private boolean paged;
  private long uses;

  /** The {@code hgatp} that these translations were made under; 0 for the hart's own modes. */
  long hgatp;

  /** When a guest's were last made current; the least recent ones are reused. */
  long lastUse;

  AddressSpaces(int spaces, Tlb.Epochs epochs) {
    tables = HostMemory.allocate(spaces * (long) TlbContext.BYTES + 2 * Tlb.BYTES);
    long address = tables.address();
    bare = new Tlb(address, epochs);
    supervisor = new SupervisorTlb(address + Tlb.BYTES, epochs);
    address += 2 * Tlb.BYTES;
    contexts = new TlbContext[spaces];
    for (int i = 0; i < spaces; i++) {
      contexts[i] = new TlbContext(address + (long) i * TlbContext.BYTES, epochs);
    }
    current = contexts[0];
  }

  /** The VMID of {@link #hgatp}. */
  int vmid() {
    return vmid(hgatp);
  }

  static int vmid(long hgatp) {
    return (int) (hgatp >>> 44) & 0x3fff;
  }

  /**
   * Takes over a legal value of {@code satp}.
   *
   * <p>A kernel that does not use ASIDs is given a fresh address space each time: small ones reuse
   * a root page without a fence, which the specification does not allow but most machines forgive.
   */
  void select(long satp, boolean translates) {
    paged = translates;
    supervisor.changeSpace();
    if (translates) {
      current = context(satp);
      current.lastUse = ++uses;
      if (asid(satp) == 0) {
        current.flush();
      }
    }
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

  /** The TLB for loads and stores of a mode. */
  Tlb data(int privilege, boolean sum) {
    if (!paged) {
      return bare;
    }
    return privilege == Privilege.USER ? current.user : supervisorTlb(sum);
  }

  /** The TLB of S mode in the current address space. */
  Tlb supervisorTlb(boolean withSum) {
    return withSum ? current.supervisorSum : supervisor.data;
  }

  /** The TLB for fetches of a mode. */
  FetchTlb code(int privilege) {
    if (!paged) {
      return bareCode;
    }
    return privilege == Privilege.USER ? current.userCode : supervisor.code;
  }

  /** A page of S mode's has been cached in {@code tlb}. */
  void added(Tlb tlb, boolean global) {
    if (tlb == supervisor.data) {
      supervisor.added(global);
    }
  }

  /** A page of code has been cached in {@code tlb}. */
  void added(FetchTlb tlb, boolean global) {
    if (tlb == supervisor.code) {
      supervisor.added(global);
    }
  }

  /** {@code sfence.vma} (priv §10.2.1); {@code asid} &lt; 0 stands for all address spaces. */
  void fence(boolean all, long va, int asid) {
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
    jumpTables = HostMemory.allocate((contexts.length + 2L) * JumpCache.BYTES);
    long offset = 0;
    for (FetchTlb tlb : codeTlbs()) {
      tlb.jumps = new JumpCache(jumpTables, offset);
      offset += JumpCache.BYTES;
    }
  }

  private List<FetchTlb> codeTlbs() {
    List<FetchTlb> all = new ArrayList<>(List.of(bareCode, supervisor.code));
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

  /** Forgets what depends on the first stage's tables. */
  void flushTranslations() {
    supervisor.flush();
    for (TlbContext context : contexts) {
      context.flush();
    }
  }

  /** Forgets everything. */
  void flush() {
    flushTranslations();
    bare.flush();
    bareCode.flush();
  }

  /** Makes the next store to the host page at {@code hva} take the slow path. */
  void forgetWrites(long hva) {
    for (TlbContext context : contexts) {
      context.flushWrites(hva);
    }
    supervisor.data.flushWrites(hva);
    bare.flushWrites(hva);
  }

  /** The same for every page. */
  void forgetWrites() {
    for (TlbContext context : contexts) {
      context.flushWrites();
    }
    supervisor.data.flushWrites();
    bare.flushWrites();
  }

  /** Entries for loads and stores that have been filled since their last flush. */
  int filled() {
    int count = bare.filled() + supervisor.data.filled();
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
}

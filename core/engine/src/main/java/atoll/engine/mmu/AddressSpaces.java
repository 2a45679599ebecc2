package atoll.engine.mmu;

import atoll.engine.Privilege;
import atoll.host.HostMemory;
import java.util.Arrays;
import java.util.Optional;

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

  /** Of what is cached here, but for {@link #bare} and {@link #bareCode}: no fence means these. */
  private final KnownPages known;

  /** One more is made when there are too few, up to {@link #most}; the first is always there. */
  private TlbContext[] contexts;

  private final int most;
  private final Tlb.Epochs epochs;
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

  /** Everything, or what can be written to, is to be forgotten before these are used again. */
  private boolean stale;

  private boolean staleWrites;

  AddressSpaces(int spaces, Tlb.Epochs epochs) {
    this(spaces, epochs, Tlb.memory(2 + 2 * spaces, KnownPages.BYTES), Optional.empty());
  }

  /** In memory that has zeroes. */
  private AddressSpaces(
      int spaces, Tlb.Epochs epochs, HostMemory tables, Optional<HostMemory> jumpTables) {
    most = spaces;
    this.epochs = epochs;
    this.tables = tables;
    long address = tables.address();
    bare = new Tlb(address, epochs);
    supervisor = new SupervisorTlb(address + Tlb.BYTES, epochs);
    known = new KnownPages(address + (2 + 2L * spaces) * Tlb.BYTES);
    contexts = new TlbContext[0];
    current = another();
    jumpTables.ifPresent(this::useJumpCaches);
  }

  private TlbContext another() {
    int number = contexts.length;
    long place = 2 * Tlb.BYTES + (long) number * TlbContext.BYTES;
    TlbContext made = new TlbContext(tables.address() + place, epochs);
    if (jumpTables != null) {
      made.userCode.jumps = jumpCache(number + 2);
    }
    contexts = Arrays.copyOf(contexts, number + 1);
    contexts[number] = made;
    return made;
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
      } else {
        current.settle();
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
    if (oldest.lastUse != 0 && contexts.length < most) {
      oldest = another();
    }
    oldest.flushLater();
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

  /** What is known of the pages of the upper half. */
  KnownPages known() {
    return known;
  }

  /** A page of memory has been cached in {@code tlb}. */
  void added(Tlb tlb, long va, long pageSize, boolean global) {
    added(tlb, va, pageSize, global, KnownPages.DATA);
  }

  /** A page that is no memory has been cached in {@code tlb}. */
  void addedDevice(Tlb tlb, long va, long pageSize, boolean global) {
    added(tlb, va, pageSize, global, KnownPages.ELSEWHERE);
  }

  private void added(Tlb tlb, long va, long pageSize, boolean global, int inSupervisors) {
    if (tlb == supervisor.data) {
      supervisor.added(global);
      known.note(va, pageSize, inSupervisors);
    } else if (tlb != bare) {
      known.note(va, pageSize, KnownPages.ELSEWHERE);
    }
  }

  /** A page of code has been cached in {@code tlb}. */
  void added(FetchTlb tlb, long va, long pageSize, boolean global) {
    if (tlb == supervisor.code) {
      supervisor.added(global);
    }
    if (tlb != bareCode) {
      known.note(va, pageSize, KnownPages.ELSEWHERE);
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
        flush(context);
      } else {
        context.flushPage(va);
      }
    }
    if (asid < 0) {
      forgetKnown(all, va);
    }
  }

  private void forgetKnown(boolean all, long va) {
    if (all) {
      known.clear();
    } else {
      known.forget(va);
    }
  }

  /** Forgets a page in all of them. */
  void forgetPage(long va) {
    if (stale) {
      return;
    }
    supervisor.fence(false, va, false);
    bare.flushPage(va);
    bareCode.flushPage(va);
    for (TlbContext context : contexts) {
      context.flushPage(va);
    }
  }

  /** Gives every address space a jump cache, which only translated code uses. */
  void useJumpCaches() {
    useJumpCaches(HostMemory.allocate((most + 2L) * JumpCache.BYTES));
  }

  private void useJumpCaches(HostMemory memory) {
    jumpTables = memory;
    for (int i = 0; i < jumpCaches(); i++) {
      fetches(i).jumps = jumpCache(i);
    }
  }

  private JumpCache jumpCache(int number) {
    return new JumpCache(jumpTables, (long) number * JumpCache.BYTES);
  }

  /** How many jump caches there are; they may become more, with higher numbers. */
  int jumpCaches() {
    return contexts.length + 2;
  }

  private FetchTlb fetches(int number) {
    return switch (number) {
      case 0 -> bareCode;
      case 1 -> supervisor.code;
      default -> contexts[number - 2].userCode;
    };
  }

  /** Forgets where translated code is, as far as one jump cache knows. */
  void emptyJumpCache(int number) {
    fetches(number).jumps.empty();
  }

  /** Forgets an address space; at once if it is in use. */
  private void flush(TlbContext context) {
    if (context == current) {
      context.flush();
    } else {
      context.flushLater();
    }
  }

  /** Forgets the address spaces, but for the pages that S mode has in all of them. */
  void forgetSpaces() {
    for (TlbContext context : contexts) {
      flush(context);
    }
  }

  /** Forgets what depends on the first stage's tables. */
  void flushTranslations() {
    supervisor.flush();
    forgetSpaces();
    known.clear();
  }

  /** Forgets everything. */
  void flush() {
    stale = false;
    staleWrites = false;
    flushTranslations();
    bare.flush();
    bareCode.flush();
  }

  /** {@link #flush}es before these translations are used again; they are not in use now. */
  void flushLater() {
    stale = true;
  }

  /** These translations are going to be used: does what has been put off. */
  void settle() {
    if (stale) {
      flush();
    } else if (staleWrites) {
      forgetWrites();
    }
  }

  /** Makes the next store to the host page at {@code hva} take the slow path. */
  void forgetWrites(long hva) {
    if (stale || staleWrites) {
      return;
    }
    for (TlbContext context : contexts) {
      context.flushWrites(hva);
    }
    supervisor.data.flushWrites(hva);
    bare.flushWrites(hva);
  }

  /** The same for every page. */
  void forgetWrites() {
    staleWrites = false;
    for (TlbContext context : contexts) {
      if (context == current) {
        context.flushWrites();
      } else {
        context.flushWritesLater();
      }
    }
    supervisor.data.flushWrites();
    bare.flushWrites();
  }

  /** {@link #forgetWrites}s before these translations are used again; they are not in use now. */
  void forgetWritesLater() {
    staleWrites = true;
  }

  /** Entries that {@link #forgetWrites(long)} has to look at. */
  int writable() {
    if (stale || staleWrites) {
      return 0;
    }
    int count = bare.writable() + supervisor.data.writable();
    for (TlbContext context : contexts) {
      count += context.writable();
    }
    return count;
  }

  /** Entries for loads and stores that have been filled since their last flush. */
  int filled() {
    if (stale) {
      return 0;
    }
    int count = bare.filled() + supervisor.data.filled();
    for (TlbContext context : contexts) {
      count += context.filled();
    }
    return count;
  }

  /** The same without anything that was cached, which takes the place of this one. */
  AddressSpaces renewed() {
    Optional<HostMemory> jumps = Optional.ofNullable(jumpTables);
    empty(tables);
    jumps.ifPresent(AddressSpaces::empty);
    AddressSpaces fresh = new AddressSpaces(most, epochs, tables, jumps);
    if (paged) {
      fresh.select(current.satp, true);
    }
    return fresh;
  }

  private static void empty(HostMemory memory) {
    memory.discard(0, memory.segment().byteSize());
  }

  void close() {
    tables.close();
    if (jumpTables != null) {
      jumpTables.close();
    }
  }
}

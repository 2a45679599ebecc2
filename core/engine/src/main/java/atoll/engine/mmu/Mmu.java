package atoll.engine.mmu;

import atoll.engine.MmuKind;
import atoll.engine.MmuStatistics;
import atoll.engine.Privilege;
import atoll.engine.decode.CodePage;
import atoll.memory.GuestMap;
import atoll.memory.GuestMemory;
import atoll.memory.PageGuards;
import atoll.state.Unsaved;

/**
 * One hart's address translation: chooses the TLB that loads, stores and fetches go through, and
 * serves its misses.
 *
 * <p>Translations are cached by what they were made under, that is by {@code satp}, and for the
 * virtual modes by {@code vsatp} and {@code hgatp}; so neither a context switch nor a change of
 * privilege, of virtualisation or of {@code SUM} flushes anything. Fences do.
 */
public final class Mmu {
  private static final int CONTEXTS = 8;
  private static final int PHYSICAL_BITS = 56;

  /** See {@link #forgetDecoded}. */
  public static final int ALL_FORGOTTEN = -1;

  /** The TLB for loads and stores now; replaced only between instructions. */
  @Unsaved("TLBs fill again")
  public Tlb data;

  /** The TLB for fetches now. */
  @Unsaved("TLBs fill again")
  public FetchTlb code;

  public final MmuCounters counters = new MmuCounters();

  public final Pmp pmp = new Pmp();
  public final PageWalker walker;
  private final MmuClient hart;

  @Unsaved("decoded code")
  private final CodeCache codeCache;

  private final MmuKind kind;

  /** Serves the misses of the hart's own modes. */
  @Unsaved("what it makes of the guest's tables it makes again")
  private final MmuTechnique technique;

  private final GuestMap map;
  private final PageGuards guards;

  /** Serves the misses of the virtual modes, whose second stage is the architecture's. */
  private final FoldedMmu guestTechnique;

  @Unsaved("TLBs fill again")
  private final CachedTranslations cached;

  /** Of {@link #cached}: those of the hart's own S and U mode, and those of the virtual modes. */
  @Unsaved("TLBs fill again")
  private AddressSpaces own;

  @Unsaved("TLBs fill again")
  private final GuestSpaces guests;

  private final TranslationRegime ownRegime = new TranslationRegime(false);
  private final TranslationRegime guestRegime = new TranslationRegime(true);

  @Unsaved("follows from the hart's registers")
  private long vsatp;

  @Unsaved("follows from the hart's registers")
  private long hgatp;

  /** Whether {@link #guests} has been told of these. */
  @Unsaved("follows from the hart's registers")
  private boolean guestSelected;

  @Unsaved("follows from the hart's registers")
  private int fetchPrivilege = Privilege.MACHINE;

  @Unsaved("follows from the hart's registers")
  private boolean fetchVirtual;

  @Unsaved("follows from the hart's registers")
  private int dataPrivilege = Privilege.MACHINE;

  @Unsaved("follows from the hart's registers")
  private boolean dataVirtual;

  @Unsaved("of whoever debugs the hart")
  private StopTable stops = StopTable.NONE;

  /** Where {@link #place} has found an access to go: a guest-physical address, or -1. */
  @Unsaved("of the access under way")
  public long physical;

  /** Whether PMP allows what was translated last in the whole page. */
  @Unsaved("of the access under way")
  private boolean wholePage;

  public Mmu(MmuClient hart, MachineMmu shared) {
    this.hart = hart;
    this.codeCache = shared.code();
    kind = shared.kind();
    GuestMemory memory = shared.memory();
    map = memory.map();
    guards = memory.guards();
    walker = new PageWalker(hart, memory, pmp);
    FoldedMmu folded = new FoldedMmu(memory, walker, ownRegime);
    guestTechnique = new FoldedMmu(memory, walker, guestRegime);
    technique = shared.technique(hart, folded, counters);
    walker.tables = technique;
    cached = new CachedTranslations(technique.keepsSpaces() ? CONTEXTS : 1);
    own = cached.own;
    guests = cached.guests;
    choose();
  }

  /**
   * Takes over the hart's mode and the translation fields of {@code mstatus}.
   *
   * @param otherStatus the fields of {@code sstatus} that are not in force: a guest's while V is
   *     clear, the hypervisor's while it is set
   */
  public void update(int privilege, boolean virtual, long mstatus, long otherStatus) {
    fetchPrivilege = privilege;
    fetchVirtual = virtual;
    if ((mstatus & Mstatus.MPRV) != 0) {
      dataPrivilege = (int) ((mstatus & Mstatus.MPP) >>> Mstatus.MPP_SHIFT);
      dataVirtual = (mstatus & Mstatus.MPV) != 0 && dataPrivilege != Privilege.MACHINE;
    } else {
      dataPrivilege = privilege;
      dataVirtual = virtual;
    }
    long ownStatus = virtual ? otherStatus : mstatus;
    long guestStatus = virtual ? mstatus : otherStatus;
    ownRegime.first.sum = (ownStatus & Mstatus.SUM) != 0;
    guestRegime.first.sum = (guestStatus & Mstatus.SUM) != 0;
    updateReadability((ownStatus & Mstatus.MXR) != 0, (guestStatus & Mstatus.MXR) != 0);
    technique.forget();
    choose();
  }

  /** A hypervisor's MXR is in force at both stages, a guest's only at its own (priv §18.2.1). */
  private void updateReadability(boolean hypervisors, boolean guest) {
    if (ownRegime.first.readability(hypervisors)) {
      own.flushTranslations();
      hart.tookLong();
    }
    boolean first = guestRegime.first.readability(hypervisors || guest);
    boolean second = guestRegime.second.readability(hypervisors);
    if (first || second) {
      guests.flush();
      hart.tookLong();
    }
  }

  /** Takes over what {@code menvcfg} and {@code henvcfg} say of translation. */
  public void configure(long menvcfg, long henvcfg) {
    hart.tookLong();
    if (ownRegime.first.configure(menvcfg)) {
      technique.rulesChanged();
      own.flushTranslations();
    }
    boolean first = guestRegime.first.configure(henvcfg);
    boolean second = guestRegime.second.configure(menvcfg);
    if (first || second) {
      guests.flush();
    }
  }

  /**
   * Whether the guest may write a legal value to {@code satp}; if not, the hart has an event. If so
   * {@link #satp} follows.
   */
  public boolean enters(long value) {
    return technique.enters(value);
  }

  /** Takes over a legal value of {@code satp} that the guest has written. */
  public void satp(long value) {
    select(value);
    technique.spaceChanged(value);
    hart.tookLong();
  }

  /** Takes over a legal value of {@code satp}. */
  private void select(long value) {
    ownRegime.first.tables(PagingMode.of(value), value);
    if (!technique.keepsSpaces()) {
      own.forgetSpaces();
    }
    own.select(value, ownRegime.first.on());
    choose();
  }

  /**
   * Takes over legal values of {@code vsatp} and {@code hgatp}. They count once a guest executes or
   * is accessed: a hypervisor writes {@code hgatp} also to name a guest to a fence.
   */
  public void guestTables(long vsatp, long hgatp) {
    this.vsatp = vsatp;
    this.hgatp = hgatp;
    guestRegime.first.tables(PagingMode.of(vsatp), vsatp);
    guestRegime.second.tables(PagingMode.ofSecondStage(hgatp), hgatp);
    guestSelected = false;
    choose();
  }

  private AddressSpaces spaces(boolean guest) {
    return guest ? guestSpaces() : own;
  }

  private AddressSpaces guestSpaces() {
    if (!guestSelected) {
      hart.tookLong();
      guests.select(hgatp, vsatp, guestRegime.first.on());
      guestSelected = true;
    }
    return guests.current();
  }

  private TranslationRegime regime(boolean guest) {
    return guest ? guestRegime : ownRegime;
  }

  private void choose() {
    data =
        dataPrivilege == Privilege.MACHINE
            ? cached.machine
            : spaces(dataVirtual).data(dataPrivilege, regime(dataVirtual).first.sum);
    code =
        fetchPrivilege == Privilege.MACHINE
            ? cached.machineCode
            : spaces(fetchVirtual).code(fetchPrivilege);
  }

  /** Whether loads and stores are a guest's: in the virtual modes, and by {@code MPV}. */
  public boolean accessesGuest() {
    return dataVirtual;
  }

  /**
   * Lets loads and stores be those of a virtual mode, as {@code hlv} and {@code hsv} want, until
   * the next {@link #update}.
   */
  public void accessAsGuest(int privilege) {
    dataPrivilege = privilege;
    dataVirtual = true;
    choose();
  }

  /** Whether {@code sstatus.SUM} decides which TLB the next load uses. */
  public boolean sumChooses() {
    return dataPrivilege == Privilege.SUPERVISOR
        && fetchPrivilege == Privilege.SUPERVISOR
        && regime(fetchVirtual).first.on();
  }

  /**
   * Whether a change between U and S mode, neither of them a guest's, changes which TLBs are in use
   * and nothing else.
   */
  public boolean modesInPlace() {
    return ownRegime.first.on()
        && switch (kind) {
          case FOLDED, NESTED, DIRECT -> true;
          case VTLB, SHADOW -> false; // whose answers to misses are of one mode
        };
  }

  /** The TLB for loads and stores of U mode that is no guest's. */
  public Tlb userTlb() {
    return own.data(Privilege.USER, false);
  }

  /** Where {@link KnownPages} are, of U and S mode that are no guest's. */
  public long knownPages() {
    return own.known().address();
  }

  /** Where the last epoch of this hart's TLBs is. */
  public long lastEpoch() {
    return cached.lastEpoch();
  }

  /** The TLB for fetches of U or S mode that is no guest's. */
  public FetchTlb ownCode(int privilege) {
    return own.code(privilege);
  }

  /** The TLB of S mode, or VS mode if that is executing, in the current address space. */
  public Tlb supervisorTlb(boolean withSum) {
    return spaces(fetchVirtual).supervisorTlb(withSum);
  }

  /**
   * Where {@code size} bytes in one page at {@code va} are for an access: the one thing that a miss
   * asks, with {@link #physical} beside it.
   *
   * @param access one of {@link Access}, but {@link Access#EXECUTE}
   * @return the host-virtual address; 0 outside RAM and the windows that allow it, with {@link
   *     #physical}, or after raising the hart's exception, without
   */
  public long place(long va, int size, int access) {
    physical = translate(va, size, access, dataPrivilege, dataVirtual);
    return physical < 0 ? 0 : dataHva(physical, access);
  }

  private long dataHva(long pa, int access) {
    return switch (access) {
      case Access.READ, Access.MANAGE -> technique(dataVirtual).loadHva(pa);
      case Access.READ_CODE -> technique(dataVirtual).ramHva(pa); // only RAM may be executed
      default -> storeHva(pa);
    };
  }

  /** Where the {@code size} bytes of code at {@code va} are; -1 after raising the exception. */
  public long translateFetch(long va, int size) {
    return translate(va, size, Access.EXECUTE, fetchPrivilege, fetchVirtual);
  }

  private long translate(long va, int size, int access, int privilege, boolean virtual) {
    boolean paged = privilege != Privilege.MACHINE && regime(virtual).on();
    long pa = technique(virtual).translate(va, access, privilege, paged);
    if (pa == MmuTechnique.EXIT && hart.missedTlb()) { // else it is an address
      return -1;
    }
    counters.misses++;
    if (paged && pa == PageWalker.FAULT) {
      hart.raiseFault(walker, va);
      return -1;
    }
    if (pa >>> PHYSICAL_BITS != 0 || !allows(pa, size, access, privilege)) {
      hart.raiseException(Access.accessFault(access), va);
      return -1;
    }
    return pa;
  }

  private boolean allows(long pa, int size, int access, int privilege) {
    wholePage = pmp.page(pa, access, privilege) == Pmp.Verdict.ALLOWED;
    return wholePage || pmp.allows(pa, size, access, privilege);
  }

  private MmuTechnique technique(boolean virtual) {
    return virtual ? guestTechnique : technique;
  }

  /** A store may not go to a read-only window or a registered table. */
  private long storeHva(long pa) {
    long hva = technique(dataVirtual).storeHva(pa);
    if (hva != 0 && (guards.reasons(map.frame(pa)) & PageGuards.REGISTERED) != 0) {
      counters.count(MmuExit.TABLE_WRITE);
      return 0;
    }
    return hva;
  }

  /** Where a fetch of {@code pa} is, which only RAM serves; 0 elsewhere. */
  public long codeHva(long pa) {
    return technique(fetchVirtual).ramHva(pa);
  }

  /** Caches the translation of a page in memory that {@link #place} has just found. */
  public void fillData(long va, long hva, int access) {
    if (!wholePage || stops.watchesPage(va)) {
      return;
    }
    counters.fills++;
    spaces(dataVirtual).added(data, va, walker.pageSize, walker.global);
    if (access == Access.READ) {
      data.fillRead(va, hva, walker.pageSize);
    } else {
      data.fillWrite(va, hva, walker.pageSize);
    }
  }

  /**
   * Has {@link #data} say as long as the translation of a page holds that {@link #place} has just
   * found for a store, and that may not be cached, since stores to it must be heard of.
   *
   * @return false if not even that may be kept
   */
  public boolean keepWrite(long va) {
    boolean holds = wholePage && !stops.watchesPage(va);
    if (holds) {
      spaces(dataVirtual).added(data, va, walker.pageSize, walker.global);
      data.keepWrite(va, walker.pageSize);
    }
    return holds;
  }

  /**
   * As {@link #fillData} for a page in which {@link #place} has found no memory, for {@link
   * Access#READ} or {@link Access#WRITE}. A place that is memory for others, such as a registered
   * table, may become that again without a fence.
   */
  public void fillDevice(long va, int access) {
    boolean memory = access != Access.READ && technique(dataVirtual).loadHva(physical) != 0;
    if (wholePage && !memory) {
      spaces(dataVirtual).addedDevice(data, va, walker.pageSize, walker.global);
      data.fillDevice(va, physical, access, walker.pageSize);
    }
  }

  /**
   * The decoded code at {@code va}, cached if PMP treats the whole page alike.
   *
   * @return null after raising the hart's exception, or if the page must be executed instruction by
   *     instruction: then the hart has no event
   */
  public CodePage fetchPage(long va) {
    long pa = translateFetch(va, 2);
    if (pa < 0) {
      return null;
    }
    if (codeHva(pa) == 0) {
      hart.raiseException(Access.accessFault(Access.EXECUTE), va);
      return null;
    }
    if (!wholePage) {
      return null;
    }
    counters.fills++;
    CodePage page = codeCache.page(pa, hart);
    codeCache.mark(page, stops.inPage(va), hart);
    spaces(fetchVirtual).added(code, va, walker.pageSize, walker.global);
    code.fill(va, page, walker.pageSize);
    return page;
  }

  /**
   * {@code sfence.vma} outside of the virtual modes (priv §10.2.1); {@code asid} &lt; 0 stands for
   * all address spaces.
   */
  public void fence(boolean all, long va, int asid) {
    counters.flushes++;
    hart.tookLong();
    technique.fenced();
    own.fence(all, va, asid);
  }

  /** {@code hfence.vvma}, and {@code sfence.vma} in VS mode: for the guest of {@code hgatp}. */
  public void fenceGuest(boolean all, long va, int asid) {
    fenceGuest(all, va, asid, AddressSpaces.vmid(hgatp));
  }

  public void fenceGuest(boolean all, long va, int asid, int vmid) {
    counters.flushes++;
    hart.tookLong();
    guests.fence(all, va, asid, vmid);
  }

  /** {@code hfence.gvma}; {@code vmid} &lt; 0 stands for all guests. */
  public void fenceSecondStage(int vmid) {
    counters.flushes++;
    hart.tookLong();
    guests.fenceSecondStage(vmid);
  }

  /** Has the hart asked whether to stop where these are; it does not execute. */
  public void stops(StopTable next) {
    stops.pages().forEach(cached::forgetPage);
    stops = next;
    stops.pages().forEach(cached::forgetPage);
  }

  /** The tables that fetches of the hart's mode go by. */
  public TableReader tables() {
    return tables(fetchPrivilege, fetchVirtual);
  }

  /** Those that fetches of another mode would go by. */
  public TableReader tables(int privilege, boolean virtual) {
    boolean paged = privilege != Privilege.MACHINE;
    return walker.reader(technique(virtual), regime(virtual), paged);
  }

  /** The hart translates what it executes often: gives every address space a jump cache. */
  public void useJumpCaches() {
    codeCache.keepLittle();
    cached.useJumpCaches();
  }

  /**
   * How many jump caches there are; they may become more. Who counts up to this number has met all
   * that were there when it began: those that are new, which know no code yet, only move others
   * behind.
   */
  public int jumpCaches() {
    return cached.jumpCaches();
  }

  /** Forgets where translated code is, as far as one jump cache knows. */
  public void emptyJumpCache(int number) {
    cached.emptyJumpCache(number);
  }

  /** Others have the thread from now on. */
  public void put() {
    counters.put(translations());
  }

  /** The thread is back: what is missing, others have cost. */
  public void load() {
    counters.load(translations());
  }

  /** Entries of the TLBs for loads and stores that have been filled since their last flush. */
  int translations() {
    return cached.filled();
  }

  /** Puts everything as it is after a reset. */
  public void reset() {
    technique.enters(0);
    select(0);
    guestTables(0, 0);
    pmp.reset();
    flushAll();
  }

  /** Serves the miss for which the hart has left guest code. */
  public void fillTlb() {
    technique.fill();
  }

  /**
   * How addresses were translated.
   *
   * @param tableBytes of the hypervisor's own tables
   * @param fences that translated code has executed
   */
  public MmuStatistics statistics(long tableBytes, long fences) {
    return counters.statistics(kind, walker, tableBytes, fences);
  }

  /** Bytes of the hypervisor's tables for this hart alone. */
  public long tableBytes() {
    return technique.tableBytes();
  }

  public void close() {
    technique.close();
    cached.close();
  }

  /** Forgets everything, physical mappings too: PMP has changed. */
  public void flushAll() {
    hart.tookLong();
    technique.rulesChanged();
    cached.flush();
  }

  /**
   * Forgets everything, where translated code is too, and gives back the memory that it was in: the
   * hart is expected to need little of it. Takes some 100 us.
   */
  public void renew() {
    hart.tookLong();
    cached.renew();
    own = cached.own;
    guestSelected = false;
    choose();
  }

  /**
   * Goes a step towards giving up the decoded pages that no hart has translated code of.
   *
   * @param from 0 at first, and then what this has returned
   * @return {@link #ALL_FORGOTTEN} if that was all
   */
  public int forgetDecoded(int from) {
    return codeCache.forget(from, hart);
  }

  /** The machine's map has changed: forgets all that was derived from it. */
  public void mapChanged() {
    technique.mapChanged();
    flushAll();
  }

  /** Makes the next store to the host page at {@code hva} take the slow path. */
  public void forgetWrites(long hva) {
    cached.forgetWrites(hva);
  }

  /** The same for the first {@code count} of {@code pages}, or for more. */
  public void forgetWrites(long[] pages, int count) {
    cached.forgetWrites(pages, count);
  }

  /** The same for every page. */
  public void forgetWrites() {
    cached.forgetWrites();
  }
}

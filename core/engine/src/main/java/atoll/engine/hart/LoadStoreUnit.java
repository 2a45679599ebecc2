package atoll.engine.hart;

import atoll.engine.decode.Predecoder;
import atoll.engine.mmu.Access;
import atoll.engine.mmu.Mmu;
import atoll.engine.mmu.Tlb;
import atoll.host.RawMemory;
import atoll.isa.Op;
import atoll.memory.GuestMemory;
import atoll.memory.PageGuards;
import atoll.state.Unsaved;

/**
 * Loads and stores that miss the TLB, and everything else that reaches guest memory by virtual
 * address: misaligned and page-crossing accesses, MMIO, atomics' addresses, cache-block zeroing.
 *
 * <p>Each method either does the access or notes on the hart what it has come to instead; callers
 * look at {@link SoftHart#outcome}.
 */
@Unsaved("a cached translation")
public final class LoadStoreUnit {
  private static final int PAGE = GuestMemory.PAGE_SIZE;

  private final SoftHart hart;
  private final Mmu mmu;
  private final PageGuards guards;
  private final StopUnit stops;

  /**
   * The last page that may not be in the TLB for stores and was stored to, as a rule since it holds
   * code: a translation of {@link #slowTlb} that holds while that {@linkplain Tlb#keeps keeps} it.
   */
  private long slowPage;

  private long slowPhysical;
  private long slowHost;
  private Tlb slowTlb;

  /** Guest-physical address behind what {@link #atomicAddress} returned; -1 if the TLB had it. */
  private long atomicPhysical;

  LoadStoreUnit(SoftHart hart, Mmu mmu, PageGuards guards) {
    this.hart = hart;
    this.mmu = mmu;
    this.guards = guards;
    stops = hart.stops;
  }

  /** Loads {@code size} bytes at {@code va}, zero-extended; 0 with an outcome if it cannot. */
  public long load(long va, int size) {
    return stops.stopsBefore(va, size, false) ? 0 : loadUnwatched(va, size);
  }

  /** The same for who is not the guest. */
  long loadUnwatched(long va, int size) {
    if (crosses(va, size)) {
      return loadAcross(va, size, Access.READ);
    }
    long device = mmu.data.deviceRead(va);
    if (device >= 0) {
      beginMmio(false, va, device, size, 0);
      return 0;
    }
    long hva = mmu.place(va, size, Access.READ);
    if (hva == 0) {
      outside(va, size, Access.READ, 0);
      return 0;
    }
    mmu.fillData(va, hva, Access.READ);
    return read(hva, size);
  }

  /** Loads {@code size} bytes that may be executed, as {@code hlvx} does. */
  public long loadCode(long va, int size) {
    if (stops.stopsBefore(va, size, false)) {
      return 0;
    }
    if (crosses(va, size)) {
      return loadAcross(va, size, Access.READ_CODE);
    }
    long hva = hostAddress(va, size, Access.READ_CODE);
    return hva == 0 ? 0 : read(hva, size);
  }

  /**
   * Stores the low {@code size} bytes of {@code value} at {@code va}, or notes what it has come to.
   */
  public void store(long va, int size, long value) {
    if (stops.stopsBefore(va, size, true)) {
      return;
    }
    if (crosses(va, size)) {
      storeAcross(va, size, value);
      return;
    }
    if (storeAgain(va, size, value)) {
      return;
    }
    long device = mmu.data.deviceWrite(va);
    if (device >= 0) {
      beginMmio(true, va, device, size, value);
      return;
    }
    long hva = mmu.place(va, size, Access.WRITE);
    if (hva == 0) {
      outside(va, size, Access.WRITE, value);
      return;
    }
    long pa = mmu.physical;
    write(hva, size, value);
    if (guards.stored(pa, size, hart.id())) {
      mmu.fillData(va, hva, Access.WRITE);
    } else {
      remember(va, pa, hva);
    }
  }

  /** Keeps a translation that the TLB may not keep. */
  private void remember(long va, long pa, long hva) {
    slowTlb = mmu.keepWrite(va) ? mmu.data : null;
    slowPage = va & Tlb.PAGE_MASK;
    slowPhysical = pa & Tlb.PAGE_MASK;
    slowHost = hva & Tlb.PAGE_MASK;
  }

  /** Stores to the page that the last slow store went to, without another walk; or does nothing. */
  private boolean storeAgain(long va, int size, long value) {
    if ((va & Tlb.PAGE_MASK) != slowPage || mmu.data != slowTlb || !slowTlb.keeps(va)) {
      return false;
    }
    long offset = va & PAGE - 1;
    write(slowHost + offset, size, value);
    if (guards.stored(slowPhysical + offset, size, hart.id())) {
      slowTlb = null; // it is a page like others now, and the next store fills the TLB
    }
    return true;
  }

  /** The MMU has found no memory for an access, or has raised an exception. */
  private void outside(long va, int size, int access, long value) {
    if (mmu.physical >= 0) {
      mmu.fillDevice(va, access);
      beginMmio(access == Access.WRITE, va, mmu.physical, size, value);
    }
  }

  /** MMIO is naturally aligned; anything else is an access fault (a PMA of the board). */
  private void beginMmio(boolean write, long va, long pa, int size, long value) {
    if ((pa & size - 1) != 0) {
      hart.raiseException(Access.accessFault(write ? Access.WRITE : Access.READ), va);
    } else {
      hart.device.begin(write, va, pa, size, value);
    }
  }

  private static boolean crosses(long va, int size) {
    return (va & PAGE - 1) + size > PAGE;
  }

  private long loadAcross(long va, int size, int access) {
    int first = PAGE - (int) (va & PAGE - 1);
    long low = part(va, first, access);
    if (low == 0) {
      return 0;
    }
    long high = part(va + first, size - first, access);
    if (high == 0) {
      return 0;
    }
    long value = 0;
    for (int i = 0; i < size; i++) {
      long from = i < first ? low + i : high + i - first;
      value |= (RawMemory.getByte(from) & 0xffL) << 8 * i;
    }
    return value;
  }

  private void storeAcross(long va, int size, long value) {
    int first = PAGE - (int) (va & PAGE - 1);
    long low = cached(va, Access.WRITE);
    long high = cached(va + first, Access.WRITE);
    if (low != 0 && high != 0) {
      writeAcross(low, high, first, size, value);
      return;
    }
    low = part(va, first, Access.WRITE);
    long lowPhysical = mmu.physical;
    if (low == 0) {
      return;
    }
    high = part(va + first, size - first, Access.WRITE);
    if (high == 0) {
      return;
    }
    writeAcross(low, high, first, size, value);
    guards.stored(lowPhysical, first, hart.id());
    guards.stored(mmu.physical, size - first, hart.id());
  }

  private static void writeAcross(long low, long high, int first, int size, long value) {
    for (int i = 0; i < size; i++) {
      RawMemory.putByte(i < first ? low + i : high + i - first, (byte) (value >>> 8 * i));
    }
  }

  /**
   * The host address of a part of an access, from the TLB or for it. A store's parts are looked up
   * again unless the TLB has both: while one is looked up, another hart may take the other's page
   * for code, and must then be told of the store.
   */
  private long part(long va, int size, int access) {
    long known = access == Access.READ ? cached(va, access) : 0;
    return known != 0 ? known : fillingAddress(va, size, access);
  }

  /** The host address that the TLB has for a load or store; 0 if it has none. */
  private long cached(long va, int access) {
    long entry = Tlb.entry(access == Access.READ ? mmu.data.read : mmu.data.write, va);
    return RawMemory.getLong(entry) == (va & Tlb.PAGE_MASK) ? va + RawMemory.getLong(entry + 8) : 0;
  }

  /** As {@link #hostAddress}; what loads and stores may use again goes into the TLB. */
  private long fillingAddress(long va, int size, int access) {
    long hva = hostAddress(va, size, access);
    if (hva != 0 && mayCache(access)) {
      mmu.fillData(va, hva, access);
    }
    return hva;
  }

  private boolean mayCache(int access) {
    return access == Access.READ
        || (access == Access.WRITE && guards.allowsCachedWrite(mmu.physical, hart.id()));
  }

  /**
   * Where {@code size} bytes in one page at {@code va} are in RAM or a window; 0 after raising an
   * exception, an access fault if they are in neither, or in a window that does not allow this.
   */
  private long hostAddress(long va, int size, int access) {
    long hva = mmu.place(va, size, access);
    if (hva == 0 && mmu.physical >= 0) {
      hart.raiseException(Access.accessFault(access), va);
    }
    return hva;
  }

  private static long read(long hva, int size) {
    return switch (size) {
      case 1 -> RawMemory.getByte(hva) & 0xffL;
      case 2 -> RawMemory.getShort(hva) & 0xffffL;
      case 4 -> RawMemory.getInt(hva) & 0xffff_ffffL;
      default -> RawMemory.getLong(hva);
    };
  }

  private static void write(long hva, int size, long value) {
    switch (size) {
      case 1 -> RawMemory.putByte(hva, (byte) value);
      case 2 -> RawMemory.putShort(hva, (short) value);
      case 4 -> RawMemory.putInt(hva, (int) value);
      default -> RawMemory.putLong(hva, value);
    }
  }

  /**
   * Ends a load that was served from outside: puts {@code value} where the instruction wants it.
   */
  public static void deliver(SoftHart hart, long packed, long value) {
    int rd = Predecoder.rd(packed);
    switch (Predecoder.op(packed)) {
      case Op.LB, Op.HLV_B -> hart.x[rd] = (byte) value;
      case Op.LH, Op.HLV_H -> hart.x[rd] = (short) value;
      case Op.LW, Op.HLV_W -> hart.x[rd] = (int) value;
      case Op.FLH -> deliverFloat(hart, rd, value | -1L << 16);
      case Op.FLW -> deliverFloat(hart, rd, value | -1L << 32);
      case Op.FLD -> deliverFloat(hart, rd, value);
      default -> hart.x[rd] = value;
    }
  }

  /** The same for a load that the monitor has served, wherever the hart's registers are. */
  static void deliverServed(SoftHart hart, long packed, long value) {
    deliver(hart, packed, value);
    switch (Predecoder.op(packed)) {
      case Op.FLH, Op.FLW, Op.FLD -> hart.state.takeFloat(hart, Predecoder.rd(packed));
      default -> hart.state.take(hart, Predecoder.rd(packed));
    }
  }

  private static void deliverFloat(SoftHart hart, int rd, long value) {
    hart.f[rd] = value;
    hart.dirtyFloat();
  }

  // ------------------------------------------------------------ atomics

  /**
   * The host address of an aligned word for an atomic instruction; 0 after raising an exception.
   *
   * @param access {@link Access#READ} for LR, {@link Access#WRITE} for SC and AMOs
   */
  public long atomicAddress(long va, int size, int access) {
    if ((va & size - 1) != 0) {
      hart.raiseException(Access.misaligned(access), va);
      return 0;
    }
    if (stops.stopsBeforeAtomic(va, size, access == Access.WRITE)) {
      return 0;
    }
    long known = cached(va, access);
    if (known != 0) {
      atomicPhysical = -1;
      return known;
    }
    long hva = fillingAddress(va, size, access);
    atomicPhysical = mmu.physical;
    return hva;
  }

  /** After an atomic write to the address that {@link #atomicAddress} returned. */
  public void atomicWritten(int size) {
    if (atomicPhysical != -1) {
      guards.stored(atomicPhysical, size, hart.id());
    }
  }

  public void reserve(long hva, long value) {
    hart.state.put(StateBlock.RESERVATION, hva);
    hart.state.put(StateBlock.RESERVED_VALUE, value);
  }

  /** Whether {@code hva} is what the last LR reserved. */
  public boolean reserved(long hva) {
    return hart.state.get(StateBlock.RESERVATION) == hva;
  }

  boolean hasReservation() {
    return hart.state.get(StateBlock.RESERVATION) != 0;
  }

  public long reservedValue() {
    return hart.state.get(StateBlock.RESERVED_VALUE);
  }

  public void clearReservation() {
    hart.state.put(StateBlock.RESERVATION, 0);
  }

  // ------------------------------------------------------------ cache blocks

  /** {@code cbo.zero}: clears the naturally aligned block that holds {@code va}. */
  public void zeroBlock(long va, int size) {
    long start = va & -size;
    if (stops.stopsBefore(start, size, true)) {
      return;
    }
    long hva = blockAddress(va, start, size, Access.WRITE);
    if (hva != 0) {
      RawMemory.zero(hva, size);
      if (guards.stored(mmu.physical, size, hart.id())) {
        mmu.fillData(start, hva, Access.WRITE);
      }
    }
  }

  /**
   * Checks that a block may be managed: where it may be read or written (CMO §2.5.2), and whatever
   * may be written may be read. Nothing becomes dirty.
   */
  public boolean mayManage(long va, int size) {
    return blockAddress(va, va & -size, size, Access.MANAGE) != 0;
  }

  /** Like {@link #hostAddress}, but faults name the address that the instruction gave. */
  private long blockAddress(long va, long start, int size, int access) {
    long hva = hostAddress(start, size, access);
    if (hva == 0) {
      hart.trapUnit.at(va);
    }
    return hva;
  }

  // ------------------------------------------------------------ tracing

  /** The instruction's bits at {@code va}, without any effect; 0 where nothing can be fetched. */
  int peekInstruction(long va) {
    int low = peekParcel(va);
    if (hart.outcome != Outcome.NEXT) {
      hart.outcome = Outcome.NEXT;
      return 0;
    }
    if ((low & 3) != 3) {
      return low;
    }
    int high = peekParcel(va + 2);
    hart.outcome = Outcome.NEXT;
    return high << 16 | low;
  }

  private int peekParcel(long va) {
    long pa = mmu.translateFetch(va, 2);
    while (hart.outcome == Outcome.TLB_MISS) { // it is not the guest that looks: no exit
      hart.outcome = Outcome.NEXT;
      mmu.fillTlb();
      pa = mmu.translateFetch(va, 2);
    }
    long hva = pa < 0 ? 0 : mmu.codeHva(pa);
    return hva == 0 ? 0 : RawMemory.getShort(hva) & 0xffff;
  }
}

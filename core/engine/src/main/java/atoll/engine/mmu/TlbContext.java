package atoll.engine.mmu;

/**
 * The cached translations of one address space, that is of one value of {@code satp}, but for
 * supervisor mode's own: see {@link SupervisorTlb}.
 *
 * <p>A single instruction of the guest may flush what it has filled with many. So a context that is
 * not in use is only marked, and forgets when it comes into use: a fence of all address spaces
 * takes about as long as that of one.
 */
final class TlbContext {
  /** Bytes of host memory that a context takes. */
  static final int BYTES = 2 * Tlb.BYTES;

  final Tlb user;

  /** Supervisor with {@code SUM} set, so that changing it flushes nothing. */
  final Tlb supervisorSum;

  final FetchTlb userCode = new FetchTlb();

  /** The {@code satp} that these translations were made under. */
  long satp;

  /** Everything, or what can be written to, is to be forgotten before the context is used again. */
  private boolean stale;

  private boolean staleWrites;

  /** When the context was last made current; the least recent one is reused. */
  long lastUse;

  /** Uses {@link #BYTES} bytes at {@code address}. */
  TlbContext(long address, Tlb.Epochs epochs) {
    user = new Tlb(address, epochs);
    supervisorSum = new Tlb(address + Tlb.BYTES, epochs);
  }

  void flush() {
    stale = false;
    staleWrites = false;
    user.flush();
    supervisorSum.flush();
    userCode.flush();
  }

  /** {@link #flush}es before the context is used again; it is not in use now. */
  void flushLater() {
    stale = true;
  }

  void flushPage(long va) {
    if (!stale) {
      user.flushPage(va);
      supervisorSum.flushPage(va);
      userCode.flushPage(va);
    }
  }

  void flushWrites() {
    staleWrites = false;
    user.flushWrites();
    supervisorSum.flushWrites();
  }

  /** {@link #flushWrites}es before the context is used again; it is not in use now. */
  void flushWritesLater() {
    staleWrites = true;
  }

  void flushWrites(long hva) {
    if (!stale && !staleWrites) {
      user.flushWrites(hva);
      supervisorSum.flushWrites(hva);
    }
  }

  /** The context is going to be used: does what has been put off. */
  void settle() {
    if (stale) {
      flush();
    } else if (staleWrites) {
      flushWrites();
    }
  }

  /** Entries for loads and stores that have been filled since their last flush. */
  int filled() {
    return stale ? 0 : user.filled() + supervisorSum.filled();
  }

  /** Entries that {@link #flushWrites(long)} has to look at. */
  int writable() {
    return stale || staleWrites ? 0 : user.writable() + supervisorSum.writable();
  }
}

package atoll.engine;

/**
 * The cached translations of one address space, that is of one value of {@code satp}, but for
 * supervisor mode's own: see {@link SupervisorTlb}.
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

  /** When the context was last made current; the least recent one is reused. */
  long lastUse;

  /** Uses {@link #BYTES} bytes at {@code address}. */
  TlbContext(long address, Tlb.Epochs epochs) {
    user = new Tlb(address, epochs);
    supervisorSum = new Tlb(address + Tlb.BYTES, epochs);
  }

  void flush() {
    user.flush();
    supervisorSum.flush();
    userCode.flush();
  }

  void flushPage(long va) {
    user.flushPage(va);
    supervisorSum.flushPage(va);
    userCode.flushPage(va);
  }

  void flushWrites() {
    user.flushWrites();
    supervisorSum.flushWrites();
  }

  void flushWrites(long hva) {
    user.flushWrites(hva);
    supervisorSum.flushWrites(hva);
  }
}

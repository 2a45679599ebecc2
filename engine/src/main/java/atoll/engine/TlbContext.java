package atoll.engine;

/** All cached translations of one address space, that is of one value of {@code satp}. */
final class TlbContext {
  /** Bytes of host memory that a context takes. */
  static final int BYTES = 3 * Tlb.BYTES;

  final Tlb user;
  final Tlb supervisor;

  /** Supervisor with {@code SUM} set, so that changing it flushes nothing. */
  final Tlb supervisorSum;

  final FetchTlb userCode = new FetchTlb();
  final FetchTlb supervisorCode = new FetchTlb();

  /** The {@code satp} that these translations were made under. */
  long satp;

  /** When the context was last made current; the least recent one is reused. */
  long lastUse;

  /** Uses {@link #BYTES} bytes at {@code address}. */
  TlbContext(long address, Tlb.Epochs epochs) {
    user = new Tlb(address, epochs);
    supervisor = new Tlb(address + Tlb.BYTES, epochs);
    supervisorSum = new Tlb(address + 2 * Tlb.BYTES, epochs);
  }

  void flush() {
    user.flush();
    supervisor.flush();
    supervisorSum.flush();
    userCode.flush();
    supervisorCode.flush();
  }

  void flushPage(long va) {
    user.flushPage(va);
    supervisor.flushPage(va);
    supervisorSum.flushPage(va);
    userCode.flushPage(va);
    supervisorCode.flushPage(va);
  }

  void flushWrites() {
    user.flushWrites();
    supervisor.flushWrites();
    supervisorSum.flushWrites();
  }

  void flushWrites(long hva) {
    user.flushWrites(hva);
    supervisor.flushWrites(hva);
    supervisorSum.flushWrites(hva);
  }
}

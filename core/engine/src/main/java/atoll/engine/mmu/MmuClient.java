package atoll.engine.mmu;

/** The hart whose addresses an {@link Mmu} translates, as translation knows it. */
public interface MmuClient {
  /** Its number. */
  int id();

  /** Counts what translation has done for it. */
  MmuCounters counters();

  /** Something has taken longer than an instruction does. */
  void tookLong();

  /** Notes the exception of the instruction that is executing. */
  void raiseException(int cause, long value);

  /** The same for the fault that a walk for {@code va} has ended in. */
  void raiseFault(PageWalker walker, long va);

  /** The same for an illegal instruction. */
  void raiseIllegal();

  /** Has the instruction wait until {@link Mmu#fillTlb} has filled its translation. */
  void missTlb();

  /** Whether it waits for that. */
  boolean missedTlb();

  /** Ends the hart's run, for what {@code detail} says. */
  void fault(String detail);
}

package atoll.engine.mmu;

/**
 * Supervisor mode's translations, with {@code SUM} clear, of all address spaces: kernels map
 * themselves into all of them alike, and say so by the global bit.
 *
 * <p>As long as every translation in it is of a global page, a change of address space forgets
 * nothing. One that is not makes it {@link #mixed}: the next change empties it.
 */
final class SupervisorTlb {
  final Tlb data;
  final FetchTlb code = new FetchTlb();
  private boolean mixed;

  SupervisorTlb(long address, Tlb.Epochs epochs) {
    data = new Tlb(address, epochs);
  }

  /** A translation has been added. */
  void added(boolean global) {
    mixed |= !global;
  }

  /** {@code satp} has been written. */
  void changeSpace() {
    if (mixed) {
      flush();
    }
  }

  void flush() {
    data.flush();
    code.flush();
    mixed = false;
  }

  /** A fence for one page, or for all of them; one for an address space leaves global pages. */
  void fence(boolean all, long va, boolean oneSpace) {
    if (oneSpace && !mixed) {
      return;
    }
    if (all) {
      flush();
    } else {
      data.flushPage(va);
      code.flushPage(va);
    }
  }
}

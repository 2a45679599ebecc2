package atoll.engine.mmu;

import atoll.state.Unsaved;

/** One stage of address translation: whose tables, and what alters the meaning of their entries. */
@Unsaved("follows from the registers that it is set by")
final class TranslationStage {
  /** Whether it translates guest-physical addresses (priv §18.5.1). */
  final boolean second;

  PagingMode mode = PagingMode.BARE;

  /** Physical address of the root table; guest-physical where a second stage follows. */
  long root;

  /** Whether S mode may access user pages. The second stage knows no S mode. */
  boolean sum;

  /** Whether executable pages may be read. */
  boolean mxr;

  /** Svadu: whether accessed and dirty bits are set rather than asked for by a fault. */
  boolean updateAccessedDirty;

  /** Svpbmt: whether entries have a memory type. */
  boolean pageBasedMemoryTypes;

  TranslationStage(boolean second) {
    this.second = second;
  }

  boolean on() {
    return mode != PagingMode.BARE;
  }

  /** Takes over a legal value of {@code satp}, {@code vsatp} or {@code hgatp}. */
  void tables(PagingMode mode, long atp) {
    this.mode = mode;
    root = (atp & Pte.PPN) << 12;
  }

  /** Says whether executable pages may be read; returns whether that is another. */
  boolean readability(boolean readable) {
    boolean changed = readable != mxr;
    mxr = readable;
    return changed;
  }

  /** Takes over what {@code menvcfg} or {@code henvcfg} says; returns whether that is another. */
  boolean configure(long envcfg) {
    boolean update = (envcfg & Envcfg.ADUE) != 0;
    boolean types = (envcfg & Envcfg.PBMTE) != 0;
    boolean changed = update != updateAccessedDirty || types != pageBasedMemoryTypes;
    updateAccessedDirty = update;
    pageBasedMemoryTypes = types;
    return changed;
  }
}

package atoll.engine.translate;

import atoll.engine.CodeListener;
import atoll.engine.TranslatedCode;
import atoll.engine.decode.CodePage;
import atoll.engine.hart.SoftHart;
import atoll.engine.mmu.Tlb;
import atoll.engine.target.CodeArea;
import java.util.Arrays;

/** Tells a {@link CodeListener} of one hart's code, in addresses that mean something to it. */
final class CodeReporter {
  private final CodeListener listener;
  private final SoftHart hart;
  private final CodeArea area;

  /**
   * @param listener null if there is none
   */
  CodeReporter(CodeListener listener, SoftHart hart, CodeArea area) {
    this.listener = listener;
    this.hart = hart;
    this.area = area;
    if (listener != null) {
      made(TranslatedCode.Kind.TRAMPOLINES, 0, 0, 0, new long[0]);
    }
  }

  /** The block at {@code va} has just been committed. */
  void block(CodePage page, long va, int instructions) {
    if (listener != null) {
      long pa = pa(page) + (va & ~Tlb.PAGE_MASK);
      made(TranslatedCode.Kind.BLOCK, va, pa, instructions, new long[] {pa});
    }
  }

  /**
   * The region around {@code va} has just been committed.
   *
   * @param parcels at which its blocks begin
   */
  void region(CodePage page, long va, int instructions, int[] parcels) {
    if (listener != null) {
      long base = pa(page);
      long[] starts = Arrays.stream(parcels).mapToLong(s -> base + 2L * s).toArray();
      long pa = base + (va & ~Tlb.PAGE_MASK);
      made(TranslatedCode.Kind.REGION, va, pa, instructions, starts);
    }
  }

  /** A slice has ended in the block at {@code va}. */
  void sampled(CodePage page, long va) {
    if (listener != null) {
      listener.sampled(hart.id(), pa(page) + (va & ~Tlb.PAGE_MASK));
    }
  }

  private void made(TranslatedCode.Kind kind, long va, long pa, int instructions, long[] starts) {
    long address = area.address(area.last());
    listener.made(
        new TranslatedCode(kind, hart.id(), va, pa, address, area.lastSize(), instructions),
        starts);
  }

  private long pa(CodePage page) {
    return hart.guestMemory().map().address(page.index);
  }
}

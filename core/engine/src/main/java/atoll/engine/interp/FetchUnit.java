package atoll.engine.interp;

import atoll.engine.decode.CodePage;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.Outcome;
import atoll.engine.hart.SoftHart;
import atoll.engine.mmu.Access;
import atoll.engine.mmu.Mmu;
import atoll.host.RawMemory;

/**
 * Finds the decoded code for a program counter, and serves what cannot be executed from a page's
 * own pieces: instructions across two pages, pages that PMP splits, and single steps.
 */
public final class FetchUnit {
  private final SoftHart hart;
  private final Mmu mmu;

  /** Holds one instruction at a time; everything else in it is undecoded. */
  private final CodePage scratch = CodePage.scratch();

  private int scratchParcel;

  public FetchUnit(SoftHart hart, Mmu mmu) {
    this.hart = hart;
    this.mmu = mmu;
  }

  /** The page to execute at {@code pc}; null after raising an exception. */
  public CodePage page(long pc) {
    CodePage page = mmu.code.lookup(pc);
    if (page != null && page.live()) {
      return page;
    }
    page = mmu.fetchPage(pc);
    return page != null || hart.outcome != Outcome.NEXT ? page : single(pc);
  }

  /** The same to be executed now; also null if the hart is to stop there, which is its outcome. */
  CodePage enter(long pc) {
    CodePage page = page(pc);
    return page == scratch && hart.stops.stopsAt(pc) ? null : page; // no marks are in there
  }

  /** A page that holds only the instruction at {@code pc}; null after raising an exception. */
  CodePage single(long pc) {
    long first = parcel(pc);
    if (first < 0) {
      return null;
    }
    int bits = (int) first;
    if ((bits & 3) == 3) {
      long second = parcel(pc + 2);
      if (second < 0) {
        return null;
      }
      bits |= (int) second << 16;
    }
    scratch.hold(scratchParcel, 0);
    scratchParcel = CodePage.parcelAt(pc);
    scratch.hold(scratchParcel, Predecoder.predecode(bits));
    return scratch;
  }

  /** Decodes an instruction of a page; 0 if the page and its piece must be looked up again. */
  long decode(CodePage page, long[] piece, long pc) {
    if (page == scratch) {
      return 0;
    }
    long decoded = page.decode(piece, CodePage.parcelAt(pc));
    if (decoded == 0 && !page.live()) {
      mmu.code.flushPage(pc);
    }
    return decoded;
  }

  private long parcel(long va) {
    CodePage page = mmu.code.lookup(va);
    if (page != null) {
      return page.parcel(CodePage.parcelAt(va));
    }
    long pa = mmu.translateFetch(va, 2);
    if (pa < 0) {
      return -1;
    }
    long hva = mmu.codeHva(pa);
    if (hva == 0) {
      hart.raiseException(Access.accessFault(Access.EXECUTE), va);
      return -1;
    }
    return RawMemory.getShort(hva) & 0xffff;
  }
}

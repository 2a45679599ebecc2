package atoll.engine.translate;

import atoll.engine.Tuning;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.SoftHart;
import atoll.engine.hart.StateBlock;
import atoll.engine.interp.FetchUnit;
import atoll.engine.mmu.CodeCache;
import atoll.engine.mmu.Mmu;
import atoll.engine.target.CodeArea;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/**
 * Finds the translated code at a hart's program counter, and has a block translated where there is
 * none and the guest's code is warm.
 */
final class CodeFinder {
  private final SoftHart hart;
  private final Mmu mmu;
  private final Tuning tuning;
  private final FetchUnit fetch;
  private final CodeArea area;
  private final CodeRoom room;
  private final BlockTranslator blocks;
  private final TranslationTurn turn;
  private final TranslationCounts counts;
  private final CodeReporter reporter;

  /** Has code of earlier runs; null if there is none. */
  private final PieceLoader loader;

  private final TranslationTurn loading;

  /** Has code of other machines' harts; null if there is none. */
  private final SharedPages shared;

  CodeFinder(
      SoftHart hart,
      Tuning tuning,
      FetchUnit fetch,
      CodeArea area,
      CodeRoom room,
      TranslationCounts counts,
      CodeReporter reporter,
      PieceRecorder recorder,
      Optional<PieceLoader> loader,
      Optional<SharedPages> shared) {
    this.hart = hart;
    this.shared = shared.orElse(null);
    mmu = hart.mmu;
    this.tuning = tuning;
    this.fetch = fetch;
    this.area = area;
    this.room = room;
    blocks = new BlockTranslator(area, counts, hart.hasSiblings(), recorder);
    turn = new TranslationTurn(hart);
    this.loader = loader.orElse(null);
    loading = new TranslationTurn(hart);
    this.counts = counts;
    this.reporter = reporter;
  }

  /**
   * The host address of the code at the hart's program counter; 0 if the instruction there is to be
   * interpreted, or cannot be fetched, which is then its {@link SoftHart#outcome}.
   */
  long find() {
    long known = mmu.code.jumps.lookup(hart.pc);
    return known != 0 ? known : locate();
  }

  /** The same, whatever the jump cache has, which then has what is found. */
  private long locate() {
    long pc = hart.pc;
    CodePage page = fetch.page(pc);
    if (page == null || page.isScratch()) {
      return 0;
    }
    TranslatedPage translated = present(page);
    if (translated != null && !enterable(translated)) {
      return 0;
    }
    int parcel = CodePage.parcelAt(pc);
    int offset = translated == null ? 0 : translated.entry(parcel);
    if (offset == 0) {
      offset = crosses(page, parcel) ? crossing(page) : translate(page, parcel);
      if (offset == 0) {
        return 0;
      }
    }
    long address = area.address(offset);
    mmu.code.jumps.fill(pc, address, page.serial);
    return address;
  }

  /** Takes code of an earlier run, or translates a block that is warm; 0 if there is neither. */
  private int translate(CodePage page, int parcel) {
    TranslatedPage translated = translated(page);
    if (loader != null && loader.find(translated, parcel)) {
      return load(page);
    }
    if (!ready(translated, parcel)) {
      return 0;
    }
    turn.begin();
    return translated(page, blocks.translate(translated, parcel));
  }

  /** A block has been translated. */
  private int translated(CodePage page, int offset) {
    turn.end();
    if (!made(page, offset)) {
      return 0;
    }
    reporter.block(page, hart.pc, blocks.instructions());
    return enterable(offset);
  }

  /** Installs what the loader has found for a place in a page; 0 if it is to be interpreted. */
  private int load(CodePage page) {
    if (!loading.fits() || !room.available()) {
      return 0;
    }
    loading.begin();
    int offset = loader.install();
    loading.end();
    if (!made(page, offset)) {
      return 0;
    }
    reporter.block(page, hart.pc, loader.instructions());
    return enterable(offset);
  }

  /** The same for the page's last instruction if it goes on in the next page. */
  private int crossing(CodePage page) {
    CodePage next = fetch.page(hart.pc + 2);
    if (next == null || next.isScratch()) {
      return 0;
    }
    TranslatedPage translated = translated(page);
    int known = translated.crossing(next);
    if (known != 0) {
      return known;
    }
    TranslatedPage into = translated(next);
    int made =
        loader != null && loader.findCrossing(translated, into)
            ? load(page)
            : translateCrossing(page, translated, into);
    return next.live() ? made : 0;
  }

  private int translateCrossing(CodePage page, TranslatedPage translated, TranslatedPage into) {
    if (!ready(translated, CodePage.PARCELS - 1)) {
      return 0;
    }
    turn.begin();
    return translated(page, blocks.translateCrossing(translated, into));
  }

  /**
   * A translation is over, and has made a piece at an offset, or nothing if that is 0; whether it
   * is of a page that is still one. Whether it may be {@linkplain #enterable entered} is asked
   * last.
   *
   * <p>Meanwhile another hart may have dropped the page, or this one has to make room for the next:
   * {@link CodeCache} takes a page out of its table, ends it and only then looks who has translated
   * it. This hart is noted in the page first, and looks whether it is live last. So either it finds
   * the page ended, and what it has made is never entered; or it is found in the page and has a
   * request to drop it all, which it serves before its next instruction.
   */
  private boolean made(CodePage page, int offset) {
    VarHandle.fullFence();
    return page.live() && offset != 0;
  }

  /**
   * Whether code of a page may be entered: nobody has asked for it to be dropped since it was
   * taken, and it is not being given up.
   */
  private boolean enterable(TranslatedPage page) {
    return !page.isTaken() || !page.isLeft() && !hart.rendezvous().pending();
  }

  private int enterable(int offset) {
    return hart.rendezvous().pending() ? 0 : offset;
  }

  /** Whether a parcel is warm, and there is room and time for its translation. */
  private boolean ready(TranslatedPage translated, int parcel) {
    return translated.warm(parcel) >= warm()
        && turn.fits()
        && room.available(); // else this page may have been among those that lost their code
  }

  private int warm() {
    return shared == null ? tuning.warm() : shared.warm(tuning.warm());
  }

  /** Whether an instruction lies in two pages. */
  private static boolean crosses(CodePage page, int parcel) {
    return parcel == CodePage.PARCELS - 1 && page.read(parcel) == Predecoder.CROSSING;
  }

  /** What this hart has of a page, its own or another's, or null. */
  private TranslatedPage present(CodePage page) {
    TranslatedPage translated = known(page);
    return translated != null || shared == null ? translated : shared.take(page);
  }

  /** What this hart has translated of a page, or null: nobody else puts anything there. */
  private TranslatedPage known(CodePage page) {
    return (TranslatedPage) page.translated(hart.id());
  }

  private TranslatedPage translated(CodePage page) {
    TranslatedPage translated = present(page);
    if (translated == null) {
      translated = new TranslatedPage(page, area);
      page.translated(hart.id(), translated);
    }
    return translated;
  }

  /** What this hart has translated of the page at its program counter, or null. */
  TranslatedPage current() {
    CodePage page = fetch.page(hart.pc);
    return page == null ? null : known(page);
  }

  /**
   * Code for a place in the page that is executing, as by {@link #find}. The jump whose exit has
   * been taken is patched to lead there.
   */
  @SuppressWarnings("ReferenceEquality") // the same page
  long link() {
    int generation = area.generation;
    long resume = hart.state.get(StateBlock.RESUME);
    long address = find();
    if (address == 0 || generation != area.generation) {
      return address;
    }
    int jump = area.offset(resume) - area.head();
    int target = area.offset(address);
    // A guest that has changed a mapping without a fence may have left the page by this jump.
    if (area.owner(jump) == area.owner(target)) {
      area.patchJump(jump, target);
      counts.links++;
    }
    return address;
  }

  /** What has taken the place of code that was dropped, to which jumps may still lead; or 0. */
  long replaced(int parcel) {
    int stale = area.offset(hart.state.get(StateBlock.RESUME)) - area.head();
    long address = locate();
    if (address == 0) {
      mmu.code.jumps.flushPage(hart.pc);
    } else {
      ((TranslatedPage) area.owner(stale)).revive(parcel, stale);
    }
    return address;
  }
}

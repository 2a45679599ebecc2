package atoll.engine.translate;

import atoll.engine.Tuning;
import atoll.engine.hart.Outcome;
import atoll.engine.hart.SoftHart;
import java.util.Optional;

/**
 * Decides what is hot: the end of a slice is a sample of where the hart spends its time, and a
 * region is translated where there are enough of them.
 */
final class RegionSampler {
  /** Slices that end in a region before it is translated once more. */
  static final int AGAIN = 40;

  /**
   * How many times longer slices are while they end in regions: there is nothing left to find out,
   * and leaving and entering again costs up to a tenth of a short one.
   */
  private static final int SETTLED = 4;

  private final SoftHart hart;
  private final Tuning tuning;
  private final CodeFinder finder;
  private final CodeRoom room;
  private final RegionForge forge;

  /** Has code of earlier runs; null if there is none. */
  private final PieceLoader loader;

  private final TranslationTurn loading;
  private final CodeReporter reporter;

  /** Whether the last slice ended in a region that is to stay as it is. */
  private boolean settled;

  RegionSampler(
      SoftHart hart,
      Tuning tuning,
      CodeFinder finder,
      CodeRoom room,
      RegionForge forge,
      CodeReporter reporter,
      Optional<PieceLoader> loader) {
    this.hart = hart;
    this.tuning = tuning;
    this.finder = finder;
    this.room = room;
    this.forge = forge;
    this.loader = loader.orElse(null);
    loading = new TranslationTurn(hart);
    this.reporter = reporter;
  }

  /** Whether the last slice ended in a region that is to stay as it is. */
  boolean settled() {
    return settled;
  }

  /** Instructions of the next slice. */
  int slice() {
    return settled ? SETTLED * tuning.slice() : tuning.slice();
  }

  /** A slice has ended at the hart's program counter, a parcel of its page. */
  void sample(int parcel) {
    forge.install();
    TranslatedPage page = finder.current();
    if (page == null) { // perhaps unmapped without a fence; the next fetch will tell
      hart.outcome = Outcome.NEXT;
      settled = false;
      return;
    }
    settled = page.inRegion(parcel);
    reporter.sampled(page.page, hart.pc);
    if (!settled && loader != null && loader.findRegion(page, parcel)) {
      load(page);
    } else if (worthRegion(page, parcel)) {
      settled = false;
      forge.begin(page, parcel);
    }
  }

  /** A region that an earlier run has made here is worth it at the first sample. */
  private void load(TranslatedPage page) {
    if (!loading.fits() || !room.available()) {
      return;
    }
    loading.begin();
    int offset = loader.install();
    loading.end();
    if (offset != 0) {
      reporter.region(page.page, hart.pc, loader.instructions(), loader.starts());
    }
  }

  /** A region that stays hot is translated once more: more of its page may be warm by now. */
  private boolean worthRegion(TranslatedPage page, int parcel) {
    boolean ready = forge.ready();
    if (!page.inRegion(parcel)) {
      return page.sample(parcel) >= tuning.hot() && ready;
    }
    return ready && page.sample(parcel) == tuning.hot() + AGAIN;
  }
}

package atoll.engine.translate;

import atoll.engine.Tuning;
import atoll.engine.hart.Outcome;
import atoll.engine.hart.SoftHart;
import atoll.engine.x64.CodeArea;

/**
 * Decides what is hot: the end of a slice is a sample of where the hart spends its time, and a
 * region is translated where there are enough of them.
 */
final class RegionSampler {
  /** Slices that end in a region before it is translated once more. */
  private static final int AGAIN = 40;

  /**
   * How many times longer slices are while they end in regions: there is nothing left to find out,
   * and leaving and entering again costs up to a tenth of a short one.
   */
  private static final int SETTLED = 4;

  private final SoftHart hart;
  private final Tuning tuning;
  private final CodeFinder finder;
  private final CodeRoom room;
  private final X64RegionTranslator regions;
  private final TranslationTurn turn;
  private final TranslationCounts counts;
  private final CodeReporter reporter;

  /** Whether the last slice ended in a region that is to stay as it is. */
  private boolean settled;

  RegionSampler(
      SoftHart hart,
      Tuning tuning,
      CodeFinder finder,
      CodeArea area,
      CodeRoom room,
      TranslationCounts counts,
      CodeReporter reporter) {
    this.hart = hart;
    this.tuning = tuning;
    this.finder = finder;
    this.room = room;
    regions = new X64RegionTranslator(area, counts, hart::alone, hart.hasSiblings());
    turn = new TranslationTurn(hart);
    this.counts = counts;
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
    TranslatedPage page = finder.current();
    if (page == null) { // perhaps unmapped without a fence; the next fetch will tell
      hart.outcome = Outcome.NEXT;
      settled = false;
      return;
    }
    settled = page.inRegion(parcel);
    reporter.sampled(page.page, hart.pc);
    if (turn.fits() && worthRegion(page, parcel)) {
      settled = false;
      translate(page, parcel);
    }
  }

  /** A region that stays hot is translated once more: more of its page may be warm by now. */
  private boolean worthRegion(TranslatedPage page, int parcel) {
    int samples = page.sample(parcel);
    return page.inRegion(parcel) ? samples == tuning.hot() + AGAIN : samples >= tuning.hot();
  }

  private void translate(TranslatedPage page, int parcel) {
    if (!room.available()) {
      return;
    }
    turn.begin();
    boolean made = regions.translate(page, parcel);
    turn.end();
    if (made) {
      reporter.region(page.page, hart.pc, regions);
    } else {
      counts.refusedRegions++;
    }
  }
}

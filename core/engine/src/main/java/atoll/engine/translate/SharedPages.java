package atoll.engine.translate;

import atoll.engine.HartCode;
import atoll.engine.SharedCode;
import atoll.engine.decode.CodePage;
import atoll.engine.hart.SoftHart;
import atoll.engine.target.CodeArea;
import java.lang.invoke.VarHandle;

/** Takes pages of code that a hart of another machine has translated. */
final class SharedPages {
  private final SharedCode shared;
  private final SoftHart hart;
  private final CodeArea area;
  private final TranslationCounts counts;

  /** What the hart has begun with; null before that, and if there was nothing. */
  private CodeImage image;

  SharedPages(SharedCode shared, SoftHart hart, CodeArea area, TranslationCounts counts) {
    this.shared = shared;
    this.hart = hart;
    this.area = area;
    this.counts = counts;
  }

  /**
   * What there is for a page of which the hart has translated nothing.
   *
   * @return null if there is none, or the page has gone meanwhile
   */
  TranslatedPage take(CodePage page) {
    if (area.unused()) {
      begin();
    }
    if (image == null || !area.takes() || !fits(image)) {
      return null;
    }
    TranslatedPage taken = new TranslatedPage(page, area);
    page.translated(hart.id(), taken);
    if (image.give(taken, area)) {
      counts.shared += taken.pieces();
    }
    VarHandle.fullFence();
    return page.live() ? taken : null;
  }

  /** How often a place is interpreted before it is translated, if that is {@code usual} alone. */
  int warm(int usual) {
    return shared.awaited() ? 1 : usual;
  }

  private void begin() {
    HartCode offered = shared.of(hart.id()).orElse(null);
    if (offered instanceof CodeImage code && fits(code) && code.beginIn(area)) {
      image = code;
      hart.limit.tookLong();
    }
  }

  private boolean fits(CodeImage code) {
    return code.fits(hart.alone(), hart.hasSiblings());
  }
}

package atoll.engine.translate;

import atoll.engine.target.CodeArea;

/** Puts regions that have been made where a hart executes them. */
final class RegionInstaller {
  private final CodeArea area;
  private final TranslationCounts counts;

  RegionInstaller(CodeArea area, TranslationCounts counts) {
    this.area = area;
    this.counts = counts;
  }

  /**
   * Makes all entries of a region lead to it, if the guest's code still is what it was made of.
   * There is {@linkplain CodeArea#room room}.
   *
   * @param alone whether no other hart shares the memory now
   * @return whether it is there; if not, it is void
   */
  boolean install(RegionOrder order, MadeRegion made, boolean alone) {
    TranslatedPage page = order.page;
    if (!page.live() || order.alone != alone || !order.source.holds(made.ranges)) {
      return false;
    }
    int slots = area.freeSlots(made.code.slotBytes());
    if (slots < 0) {
      return false;
    }
    int offset = area.commit(page, made.code, slots);
    for (int i = 0; i < made.links.length; i += 2) {
      page.link(offset + made.links[i], made.links[i + 1]);
    }
    int first = made.starts[0];
    for (int i = 0; i < made.entries.length; i += 2) {
      int at = offset + made.entries[i + 1];
      counts.tierUps += page.addRegion(made.entries[i], at, first, made.last) ? 1 : 0;
    }
    counts.regions++;
    counts.regionInstructions += made.instructions;
    return true;
  }
}

package atoll.engine.translate;

import atoll.engine.CodeStore;
import atoll.engine.hart.SoftHart;
import atoll.engine.target.CodeArea;
import atoll.engine.target.RegionBlocks;
import atoll.engine.target.Target;
import java.util.Optional;

/**
 * Has a hart's regions made: on the thread of a {@link RegionWorkshop}, or on the hart's own if
 * there is none, and has them installed between two instructions of the hart.
 *
 * <p>What another thread does for a guest is bounded: as long as that is more than a part of what
 * the guest executes, the hart makes its regions itself, in its own time. It is counted in
 * instructions, not timed.
 */
final class RegionForge {
  /**
   * Instructions that a hart executes for each one that is translated elsewhere: that takes less
   * time than a thousand take, so the part is an eighth.
   */
  private static final long PART = 8_000;

  /** So many may be translated elsewhere at once. */
  private static final long AHEAD = 16_000;

  private final SoftHart hart;
  private final Target target;
  private final CodeRoom room;
  private final TranslationCounts counts;
  private final CodeReporter reporter;
  private final RegionInstaller installer;
  private final CodeStore store;

  /** Null if the hart makes all regions itself. */
  private final RegionWorkshop workshop;

  private final TranslationTurn making;
  private final TranslationTurn installing;

  /** Null before the first region. */
  private RegionOrder order;

  /** The hart's own; null before it makes its first region. */
  private RegionTranslator translator;

  /** Instructions that were translated elsewhere. */
  private long elsewhere;

  RegionForge(
      SoftHart hart,
      Target target,
      CodeArea area,
      CodeRoom room,
      TranslationCounts counts,
      CodeReporter reporter,
      Optional<CodeStore> store,
      Optional<RegionWorkshop> workshop) {
    this.hart = hart;
    this.target = target;
    this.room = room;
    this.counts = counts;
    this.reporter = reporter;
    this.store = store.orElse(null);
    this.workshop = workshop.orElse(null);
    installer = new RegionInstaller(area, counts);
    making = new TranslationTurn(hart);
    installing = new TranslationTurn(hart);
  }

  /** Whether a region can be begun: no other one is under way, and there is time for it. */
  boolean ready() {
    return (order == null || order.free()) && (makesElsewhere() || making.fits());
  }

  private boolean makesElsewhere() {
    return workshop != null && elsewhere * PART <= hart.instructions() + AHEAD * PART;
  }

  /** Begins the region around a parcel of the page at the hart's program counter. */
  void begin(TranslatedPage page, int parcel) {
    if (!room.available()) {
      return;
    }
    if (order == null) {
      order = new RegionOrder(target);
    }
    describe(page, parcel);
    if (!makesElsewhere() || !workshop.take(order)) {
      makeHere();
    }
  }

  private void describe(TranslatedPage page, int parcel) {
    order.source.take(page.page);
    page.entries(order.warm);
    order.page = page;
    order.parcel = parcel;
    order.again = page.inRegion(parcel);
    order.alone = hart.alone();
    order.siblings = hart.hasSiblings();
    order.store = keeps(page) ? store : null;
    order.pc = hart.pc;
    order.payer = hart.loop.payer;
  }

  private boolean keeps(TranslatedPage page) {
    return store != null && store.isOpen() && PieceRecorder.worthKeeping(page.page);
  }

  private void makeHere() {
    if (translator == null) {
      translator = new RegionTranslator(target);
    }
    making.begin();
    finish(translator.make(order));
    making.end();
  }

  /** Installs what has been made elsewhere, once it is there and there are time and room for it. */
  void install() {
    if (order == null || !order.done() || !installing.fits() || !room.available()) {
      return;
    }
    MadeRegion made = order.take();
    elsewhere += made == null ? RegionBlocks.LONGEST : made.instructions;
    counts.regionsElsewhere++;
    installing.begin();
    finish(made);
    installing.end();
  }

  private void finish(MadeRegion made) {
    if (made == null) {
      counts.refusedRegions++;
    } else if (installer.install(order, made, hart.alone())) {
      reporter.region(order.page.page, order.pc, made.instructions, made.starts);
    } else {
      counts.voidRegions++;
    }
  }
}

package atoll.engine.translate;

import atoll.engine.hart.SoftHart;
import atoll.engine.mmu.Mmu;
import atoll.engine.target.CodeArea;

/** Makes room for a hart's translated code, in steps of a bounded time each. */
final class CodeRoom {
  private final SoftHart hart;
  private final CodeArea area;

  /** Jump caches that have forgotten the code that is being evicted. */
  private int flushed;

  /** Whether all code is being given up. */
  private boolean emptying;

  /** Whether nothing leads to code any more. */
  private boolean renewed;

  /** How far decoded pages have been given up, as {@link Mmu#forgetDecoded} says. */
  private int forgotten;

  CodeRoom(SoftHart hart, CodeArea area) {
    this.hart = hart;
    this.area = area;
  }

  /**
   * Whether there is room for any piece of code. If not, it goes a step towards it; any page may
   * lose its code by that.
   */
  boolean available() {
    if (emptying) { // and does not wait: translations are wanted again
      boolean ignored = empty();
      return false;
    }
    if (area.room()) {
      return true;
    }
    evict();
    return false;
  }

  /**
   * Goes a step towards giving up all code, and what else the hart only has to be fast; until that
   * is done nothing is translated.
   *
   * @return whether it is done
   */
  boolean empty() {
    hart.limit.tookLong();
    emptying = true;
    if (area
        .takes()) { // nothing leads to what others have, too, so that it need not be overwritten
      area.leave();
      hart.mmu.renew();
      return false;
    }
    if (!area.dropAll()) {
      return false;
    }
    if (!renewed) {
      hart.mmu.renew();
      renewed = true;
    } else if (forgotten != Mmu.ALL_FORGOTTEN) {
      forgotten = hart.mmu.forgetDecoded(forgotten);
    } else if (area.giveBack()) {
      flushed = 0;
      forgotten = 0;
      renewed = false;
      emptying = false;
    }
    return !emptying;
  }

  /** Whether {@link #empty} has begun and is not done. */
  boolean emptying() {
    return emptying;
  }

  private void evict() {
    hart.limit.tookLong();
    if (!area.evict()) {
      return;
    }
    hart.mmu.emptyJumpCache(flushed++);
    if (flushed == hart.mmu.jumpCaches()) {
      flushed = 0;
      area.reuse();
    }
  }
}

package atoll.engine.translate;

import atoll.engine.hart.SoftHart;
import atoll.engine.x64.CodeArea;

/** Makes room for a hart's translated code, in steps of a bounded time each. */
final class CodeRoom {
  private final SoftHart hart;
  private final CodeArea area;

  /** Jump caches that have forgotten the code that is being evicted. */
  private int flushed;

  CodeRoom(SoftHart hart, CodeArea area) {
    this.hart = hart;
    this.area = area;
  }

  /**
   * Whether there is room for any piece of code. If not, it goes a step towards it; any page may
   * lose its code by that.
   */
  boolean available() {
    if (area.room()) {
      return true;
    }
    evict();
    return false;
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

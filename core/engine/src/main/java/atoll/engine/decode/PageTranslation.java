package atoll.engine.decode;

/**
 * What one hart has made of a page of guest code, as those know it who may have to take it away.
 * Used by the hart's own thread.
 */
public abstract class PageTranslation {
  /** Its place among those that the hart is to drop: see {@link PendingDrops}. */
  final PendingDrops.Link link = new PendingDrops.Link();

  /** {@link CodePage#markings} that all of it knows of. */
  public int markings;

  /** Whether somebody has asked the hart to drop some of it; while no hart executes. */
  public final boolean isToBeDropped() {
    return link.isListed();
  }

  /** Pieces of code, also such as have replaced others: what dropping them all costs. */
  public abstract int pieces();

  /** Makes all of the code lead to an exit; it is not executed again. */
  public abstract void drop(Invalidation cause);

  /** Does the same with the code that was made from any of {@code size} bytes in the page. */
  public abstract void stored(int offset, int size);
}

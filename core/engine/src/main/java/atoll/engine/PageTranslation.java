package atoll.engine;

/**
 * What one hart has made of a page of guest code, as those know it who may have to take it away.
 * Used by the hart's own thread.
 */
abstract class PageTranslation {
  /** Its place among those that the hart is to drop: see {@link PendingDrops}. */
  final PendingDrops.Link link = new PendingDrops.Link();

  /** Pieces of code, also such as have replaced others: what dropping them all costs. */
  abstract int pieces();

  /** Makes all of the code lead to an exit; it is not executed again. */
  abstract void drop(Invalidation cause);

  /** Does the same with the code that was made from any of {@code size} bytes in the page. */
  abstract void stored(int offset, int size);
}

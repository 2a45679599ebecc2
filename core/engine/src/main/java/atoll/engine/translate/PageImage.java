package atoll.engine.translate;

/**
 * One hart's translations of a page of guest code as they were at one moment, without instructions
 * that lie in two pages. Nobody changes what is in it: see {@link TranslatedPage} for what it
 * means.
 */
final class PageImage {
  /** Of the page among those of its {@link CodeImage}. */
  final int number;

  /** Where the page's own bytes are kept. */
  final long bytes;

  final int[][] entries;
  final byte[] heat;

  /** May be null. */
  final long[] inRegion;

  final int[] pieces;

  PageImage(int number, long bytes, int[][] entries, byte[] heat, long[] inRegion, int[] pieces) {
    this.number = number;
    this.bytes = bytes;
    this.entries = entries;
    this.heat = heat;
    this.inRegion = inRegion;
    this.pieces = pieces;
  }
}

package atoll.engine.translate;

/**
 * One hart's translations of a page of guest code as they were at one moment, without instructions
 * that lie in two pages. Nobody changes what is in it: see {@link TranslatedPage} for what it
 * means.
 *
 * @param number of it among the pages of its {@link CodeImage}
 * @param bytes where the page's own bytes are kept
 * @param samples may be null, as may {@code inRegion}
 */
record PageImage(
    int number,
    long bytes,
    int[][] entries,
    byte[] heat,
    byte[] samples,
    long[] inRegion,
    int[] pieces) {}

package atoll.engine;

/**
 * When a translator translates code, and how much of it is kept; tests make everything happen
 * early.
 *
 * @param warm interpretations of a place before it is translated
 * @param burst instructions that one interpretation executes
 * @param hot slices that end at a place before its region is translated
 * @param slice instructions between two looks at interrupts, while code gets translated; longer
 *     slices follow where all is
 * @param codeBytes memory for the code of a hart
 * @param idle nanoseconds of the machine's time for which a hart does little before it gives up its
 *     code
 */
public record Tuning(int warm, int burst, int hot, int slice, int codeBytes, long idle) {
  /** Results of measurements: docs/performance.md. */
  public static final Tuning DEFAULT = new Tuning(8, 48, 3, 8192, 256 << 20, 8_000_000_000L);
}

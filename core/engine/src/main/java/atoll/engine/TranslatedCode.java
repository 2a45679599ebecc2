package atoll.engine;

/**
 * A piece of host code that a hart's translator has made.
 *
 * @param hart its number
 * @param va the guest address of its first instruction, as the hart saw it then
 * @param pa the same, guest-physical
 * @param address where it is in this process
 * @param bytes of host code
 * @param instructions of the guest in it
 */
public record TranslatedCode(
    Kind kind, int hart, long va, long pa, long address, int bytes, int instructions) {
  /** What it is. */
  public enum Kind {
    /** The way into translated code and out of it; of no guest code. */
    TRAMPOLINES,
    /** Straight-line code. */
    BLOCK,
    /** Hot blocks of one page. */
    REGION
  }
}

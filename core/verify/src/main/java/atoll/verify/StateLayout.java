package atoll.verify;

/**
 * The hart's state block as translated code sees it: RBP plus a constant. Code may read and write
 * the words that {@link #readable} and {@link #writable} name; those of {@link Places} are for
 * certain idioms only.
 */
public final class StateLayout {
  static final int READ = 1;
  static final int WRITE = 2;

  /**
   * Bytes of an access: these lie in at most three words, of which the outer ones are looked at.
   */
  private static final int MOST = 8;

  /** Bytes of a word. */
  private static final int WORD = 4;

  /**
   * Fields that a piece may use in one way each.
   *
   * @param loads the address of the TLB's table for loads
   * @param stores that of the table for stores
   * @param epoch the TLB's epoch
   * @param pageVa the virtual address of the page that is executing
   * @param jumpCache the address of the jump cache
   * @param jumpMask what selects one of its entries
   * @param mxcsr a value that LDMXCSR takes
   * @param rounding RISC-V's rounding mode, at most 7
   * @param mxcsrTable 256 words, each 0 or a value that LDMXCSR takes
   * @param flagsTable 64 bytes
   */
  public record Places(
      int loads,
      int stores,
      int epoch,
      int pageVa,
      int jumpCache,
      int jumpMask,
      int mxcsr,
      int rounding,
      int mxcsrTable,
      int flagsTable) {}

  final Places places;
  private final int lowest;
  private final byte[] words;

  /**
   * A block of which nothing may be accessed yet.
   *
   * @param lowest the offset of its first byte, a multiple of 4
   * @param bytes its size, a multiple of 4
   */
  public StateLayout(int lowest, int bytes, Places places) {
    if (lowest % WORD != 0 || bytes <= 0 || bytes % WORD != 0) {
      throw new IllegalArgumentException(
          "not whole words: %d bytes at %d".formatted(bytes, lowest));
    }
    this.lowest = lowest;
    this.places = places;
    words = new byte[bytes / WORD];
  }

  /** Lets code read some bytes, a whole number of words. */
  public StateLayout readable(int offset, int bytes) {
    return allow(offset, bytes, READ);
  }

  /** Lets code read and write some bytes, a whole number of words. */
  public StateLayout writable(int offset, int bytes) {
    return allow(offset, bytes, READ | WRITE);
  }

  private StateLayout allow(int offset, int bytes, int rights) {
    for (int at = offset; at < offset + bytes; at += WORD) {
      words[(at - lowest) / WORD] |= (byte) rights;
    }
    return this;
  }

  /** Whether code may access some bytes in these ways; more than 8 at once it may not. */
  boolean permits(int offset, int size, int rights) {
    int first = offset - lowest;
    int last = first + size - 1;
    return first >= 0
        && last < words.length * WORD
        && last >= first
        && size <= MOST
        && (words[first >> 2] & words[last >> 2] & rights) == rights;
  }
}

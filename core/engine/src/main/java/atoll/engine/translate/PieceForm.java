package atoll.engine.translate;

/**
 * The form in which a piece of translated code is kept: words of 32 bits, then the guest code that
 * it was made from, then the code, as if it lay at offset 0 of the code area and its slots at 0.
 */
final class PieceForm {
  static final int BLOCK = 1;
  static final int REGION = 2;

  /** One instruction that lies in two pages. */
  static final int CROSSING = 3;

  // Words, by number. The parcel that it is entered at, and above it the last that it was made
  // from.
  static final int PLACE = 0;

  /** Kind, above it {@link #SETTLED}, and above that how many instructions. */
  static final int KIND = 1;

  /** Bytes of code. */
  static final int CODE = 2;

  /** Ranges, entries and references, a byte, a byte and 16 bits. */
  static final int COUNTS = 3;

  /** TLB slots, and in the two words behind it which of them stores use. */
  static final int SLOTS = 4;

  static final int WRITE_SLOTS = 5;

  /** How many words these are. Behind them: ranges, entries, references, guest code. */
  static final int HEADER = 7;

  /** A region that is to stay as it is. */
  static final int SETTLED = 1 << 8;

  // A range: its first parcel, and above it how many. An entry: its parcel, and above it where in
  // the code. A reference: its kind, and above it where in the code.
  static final int HALF = 16;
  static final int HALF_MASK = 0xffff;
  static final int ENTRY_SHIFT = 11;
  static final int REFERENCE_SHIFT = 2;

  // Bits of a key beside the parcel, and the kind above them: no other hart shares the memory, or
  // the machine has others.
  private static final int ALONE = 1 << 11;
  private static final int SIBLINGS = 1 << 12;
  private static final int KIND_SHIFT = 13;

  private PieceForm() {}

  /** What a piece depends on, besides guest code: part of its key. */
  static int place(int kind, int parcel, boolean alone, boolean siblings) {
    return parcel | (alone ? ALONE : 0) | (siblings ? SIBLINGS : 0) | kind << KIND_SHIFT;
  }
}

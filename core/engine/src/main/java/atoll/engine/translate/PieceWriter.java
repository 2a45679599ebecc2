package atoll.engine.translate;

import atoll.emit.CodeBuffer;
import atoll.engine.CodeStore;
import atoll.host.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Writes a piece down in the form in which it is kept ({@link PieceForm}). */
final class PieceWriter {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  private final CodeBuffer a;

  /** The piece in hand, and its bytes so far. */
  private MemorySegment piece;

  private int size;

  /** Where in it the guest code begins. */
  private int source;

  /**
   * @param assembler which has the code
   */
  PieceWriter(CodeBuffer assembler) {
    a = assembler;
  }

  /**
   * Begins one.
   *
   * @param parcel that it is entered at, and the {@code last} that it is made from
   * @param ranges of guest code that it is made from
   */
  void begin(int kind, int parcel, int last, int instructions, int ranges, int entries) {
    if (piece == null) {
      piece = RawMemory.allocate(CodeStore.LARGEST_PIECE);
    }
    size = 0;
    put(parcel | last << PieceForm.HALF);
    put(kind | instructions << PieceForm.HALF);
    put(a.size());
    put(ranges | entries << 8 | a.references() << PieceForm.HALF);
    put(0);
    put(0);
    put(0);
  }

  void slots(int count, long writes) {
    piece.set(INT, Integer.BYTES * PieceForm.SLOTS, count);
    piece.set(INT, Integer.BYTES * PieceForm.WRITE_SLOTS, (int) writes);
    piece.set(INT, Integer.BYTES * (PieceForm.WRITE_SLOTS + 1), (int) (writes >>> 32));
  }

  void put(int word) {
    piece.set(INT, size, word);
    size += Integer.BYTES;
  }

  void references() {
    for (int i = 0; i < a.references(); i++) {
      put(a.referenceKind(i) | a.referenceSite(i) << PieceForm.REFERENCE_SHIFT);
    }
  }

  /** The guest code comes next. */
  void beginSource() {
    source = size;
  }

  /** Puts guest code at a host address; returns the address where it is now. */
  long putSource(long hva, int parcels) {
    long to = piece.address() + size;
    RawMemory.copy(hva, to, 2 * parcels);
    size += 2 * parcels;
    return to;
  }

  /**
   * Ends the piece with its code, made independent of where it lies, and has it kept if it is not
   * too large.
   *
   * @param length bytes of guest code that it begins with
   * @param origin where the code was made for, and {@code slots} where its slots were
   */
  void keep(
      CodeStore store,
      int kind,
      int parcel,
      boolean alone,
      boolean siblings,
      int length,
      int origin,
      int slots) {
    int code = size + Integer.BYTES - 1 & -Integer.BYTES;
    if (code + a.size() > CodeStore.LARGEST_PIECE || a.references() > PieceForm.HALF_MASK) {
      return;
    }
    size = code + a.size();
    MemorySegment.copy(a.bytes(), 0, piece, ValueLayout.JAVA_BYTE, code, a.size());
    for (int i = 0; i < a.references(); i++) {
      release(i, code, origin, slots);
    }
    int prefix = length >= CodeHash.PREFIX ? CodeHash.PREFIX : CodeHash.SHORT_PREFIX;
    long guest = piece.address() + source;
    store.keep(
        CodeHash.key(guest, prefix, PieceForm.place(kind, parcel, alone, siblings)),
        new CodeStore.Label(kind, length, CodeHash.hash(guest, length)),
        piece.asSlice(0, size),
        kind == PieceForm.REGION);
  }

  /** Makes one reference independent of the place. */
  private void release(int number, int code, int origin, int slots) {
    int kind = a.referenceKind(number);
    if (kind != CodeBuffer.REPLACEABLE) {
      int site = a.referenceSite(number);
      int base = kind == CodeBuffer.DATA ? slots : 0;
      piece.set(INT, code + site, a.moved(a.word(site), origin - base));
    }
  }
}

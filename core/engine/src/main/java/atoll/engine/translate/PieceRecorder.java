package atoll.engine.translate;

import atoll.emit.X64Assembler;
import atoll.engine.CodeStore;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.Predecoder;
import atoll.engine.x64.CodeArea;
import atoll.engine.x64.X64Memory;
import atoll.host.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntToLongFunction;

/**
 * Has what has just been translated kept for later runs ({@link PieceForm}).
 *
 * <p>Another hart, or a device, may have written to the guest's code meanwhile: what is kept as the
 * source of a piece is decoded once more, and the piece is kept only if that gives what it was made
 * from.
 */
final class PieceRecorder {
  /** Stores to a page after which its code is not kept any more: new code is being put there. */
  private static final int MOST_STORES = 64;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  /** Null if nothing is kept. */
  private final CodeStore store;

  private final CodeArea area;
  private final X64Assembler a;
  private final BooleanSupplier alone;
  private final boolean siblings;

  /** The piece in hand, and its bytes so far. */
  private MemorySegment piece;

  private int size;

  /** Where in it the guest code begins. */
  private int source;

  PieceRecorder(Optional<CodeStore> store, CodeArea area, BooleanSupplier alone, boolean siblings) {
    this.store = store.orElse(null);
    this.area = area;
    a = area.assembler;
    this.alone = alone;
    this.siblings = siblings;
  }

  private boolean keeps(CodePage page) {
    return store != null && store.isOpen() && page.stores <= MOST_STORES && !page.hasMarks();
  }

  /** A block, just committed, of the instructions in {@code ops}. */
  void block(CodePage page, long[] ops, int[] parcels, int length) {
    if (!keeps(page)) {
      return;
    }
    int all = parcels[length] - parcels[0];
    begin(PieceForm.BLOCK, parcels[0], parcels[length - 1], length, 1, 0);
    put(parcels[0] | all << PieceForm.HALF);
    references();
    int[] next = {0};
    if (putSource(page, parcels[0], all, parcel -> ops[next[0]++])) {
      keep(PieceForm.BLOCK, parcels[0], 2 * all, 0);
    }
  }

  /** The instruction at the end of a page that goes on in the next. */
  void crossing(CodePage page, CodePage next, long packed) {
    if (!keeps(page) || !keeps(next)) {
      return;
    }
    int parcel = CodePage.PARCELS - 1;
    begin(PieceForm.CROSSING, parcel, parcel, 1, 2, 0);
    put(parcel | 1 << PieceForm.HALF);
    put(1 << PieceForm.HALF);
    references();
    source = size;
    put(page.parcel(parcel) | next.parcel(0) << PieceForm.HALF);
    if (Predecoder.predecode(piece.get(INT, source)) == packed) {
      keep(PieceForm.CROSSING, parcel, Integer.BYTES, 0);
    }
  }

  /**
   * A region, just committed.
   *
   * @param primary the parcel that it was made for
   * @param entry where it is entered, in the code area, in the order of its blocks
   * @param slots offset of its slots
   * @param settled whether it is to stay as it is
   */
  void region(
      CodePage page,
      RegionBlocks region,
      int primary,
      int[] entry,
      int slots,
      X64Memory memory,
      boolean settled) {
    if (!keeps(page)) {
      return;
    }
    int first = region.block(primary);
    int entries = 0;
    for (int i = 0; i < region.count; i++) {
      entries += region.entered[i] ? 1 : 0;
    }
    begin(
        PieceForm.REGION | (settled ? PieceForm.SETTLED : 0),
        primary,
        region.end(),
        region.instructions,
        region.count,
        entries);
    slots(memory.slots(), memory.writeSlots());
    putRange(region, first);
    for (int i = 0; i < region.count; i++) {
      if (i != first) {
        putRange(region, i);
      }
    }
    int next = 0;
    for (int i = 0; i < region.count; i++) {
      if (region.entered[i]) {
        put(region.start[i] | entry[next++] - area.last() << PieceForm.ENTRY_SHIFT);
      }
    }
    references();
    if (putSources(page, region, first)) {
      keep(PieceForm.REGION, primary, 2 * parcels(region, first), slots);
    }
  }

  private static int parcels(RegionBlocks region, int block) {
    int last = region.last(block);
    return last + Predecoder.parcels(region.op(last)) - region.start[block];
  }

  private void putRange(RegionBlocks region, int block) {
    put(region.start[block] | parcels(region, block) << PieceForm.HALF);
  }

  private boolean putSources(CodePage page, RegionBlocks region, int first) {
    boolean same = putSource(page, region.start[first], parcels(region, first), region::op);
    int begin = source;
    for (int i = 0; i < region.count && same; i++) {
      same = i == first || putSource(page, region.start[i], parcels(region, i), region::op);
    }
    source = begin;
    return same;
  }

  // ------------------------------------------------------------ parts

  private void begin(int kind, int parcel, int last, int instructions, int ranges, int entries) {
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

  private void slots(int count, long writes) {
    piece.set(INT, Integer.BYTES * PieceForm.SLOTS, count);
    piece.set(INT, Integer.BYTES * PieceForm.WRITE_SLOTS, (int) writes);
    piece.set(INT, Integer.BYTES * (PieceForm.WRITE_SLOTS + 1), (int) (writes >>> 32));
  }

  private void put(int word) {
    piece.set(INT, size, word);
    size += Integer.BYTES;
  }

  private void references() {
    for (int i = 0; i < a.references(); i++) {
      put(a.referenceKind(i) | a.referenceSite(i) << PieceForm.REFERENCE_SHIFT);
    }
  }

  /** Puts guest code; returns whether it is what has been translated. */
  private boolean putSource(CodePage page, int parcel, int parcels, IntToLongFunction ops) {
    source = size;
    long from = piece.address() + size;
    RawMemory.copy(page.hva() + 2L * parcel, from, 2 * parcels);
    size += 2 * parcels;
    int at = 0;
    while (at < parcels) {
      long packed = decode(from + 2L * at, parcels - at);
      if (packed != ops.applyAsLong(parcel + at)) {
        return false;
      }
      at += Predecoder.parcels(packed);
    }
    return true;
  }

  private static long decode(long hva, int parcels) {
    int low = RawMemory.getShort(hva) & 0xffff;
    return Predecoder.predecode((low & 3) == 3 && parcels > 1 ? RawMemory.getInt(hva) : low);
  }

  /** Ends the piece with its code, made independent of where it lies. */
  private void keep(int kind, int parcel, int length, int slots) {
    int code = size + Integer.BYTES - 1 & -Integer.BYTES;
    if (code + a.size() > CodeStore.LARGEST_PIECE || a.references() > PieceForm.HALF_MASK) {
      return;
    }
    size = code + a.size();
    MemorySegment.copy(a.bytes(), 0, piece, ValueLayout.JAVA_BYTE, code, a.size());
    for (int i = 0; i < a.references(); i++) {
      release(i, code, slots);
    }
    int prefix = length >= CodeHash.PREFIX ? CodeHash.PREFIX : CodeHash.SHORT_PREFIX;
    long guest = piece.address() + source;
    int place = PieceForm.place(kind, parcel, alone.getAsBoolean(), siblings);
    store.keep(
        CodeHash.key(guest, prefix, place),
        new CodeStore.Label(kind, length, CodeHash.hash(guest, length)),
        piece.asSlice(0, size),
        kind == PieceForm.REGION);
  }

  /** Makes one reference independent of the place. */
  private void release(int number, int code, int slots) {
    int kind = a.referenceKind(number);
    if (kind != X64Assembler.REPLACEABLE) {
      int site = a.referenceSite(number);
      int base = kind == X64Assembler.DATA ? slots : 0;
      piece.set(INT, code + site, a.word(site) + area.last() - base);
    }
  }
}

package atoll.engine.translate;

import atoll.engine.CodeStore;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.Predecoder;
import atoll.engine.target.CodeArea;
import atoll.host.RawMemory;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Has blocks that have just been translated kept for later runs.
 *
 * <p>Another hart, or a device, may have written to the guest's code meanwhile: what is kept as the
 * source of a piece is decoded once more, and the piece is kept only if that gives what it was made
 * from.
 */
final class PieceRecorder {
  /** Stores to a page after which its code is not kept any more: new code is being put there. */
  private static final int MOST_STORES = 64;

  /** Null if nothing is kept. */
  private final CodeStore store;

  private final CodeArea area;
  private final BooleanSupplier alone;
  private final boolean siblings;
  private final PieceWriter piece;

  PieceRecorder(Optional<CodeStore> store, CodeArea area, BooleanSupplier alone, boolean siblings) {
    this.store = store.orElse(null);
    this.area = area;
    this.alone = alone;
    this.siblings = siblings;
    piece = new PieceWriter(area.buffer);
  }

  private boolean keeps(CodePage page) {
    return store != null && store.isOpen() && worthKeeping(page);
  }

  /** A piece has been made for which nothing was found. */
  private void made() {
    if (store != null && !store.isOpen()) {
      store.missed();
    }
  }

  /** Whether code of a page is to be kept at all. */
  static boolean worthKeeping(CodePage page) {
    return page.stores <= MOST_STORES && !page.hasMarks();
  }

  /** A block, just committed, of the instructions in {@code ops}. */
  void block(CodePage page, long[] ops, int[] parcels, int length) {
    made();
    if (!keeps(page)) {
      return;
    }
    int all = parcels[length] - parcels[0];
    piece.begin(PieceForm.BLOCK, parcels[0], parcels[length - 1], length, 1, 0);
    piece.put(parcels[0] | all << PieceForm.HALF);
    piece.references();
    piece.beginSource();
    if (isMadeOf(piece.putSource(page.hva() + 2L * parcels[0], all), all, ops)) {
      keep(PieceForm.BLOCK, parcels[0], 2 * all);
    }
  }

  /** The instruction at the end of a page that goes on in the next. */
  void crossing(CodePage page, CodePage next, long packed) {
    made();
    if (!keeps(page) || !keeps(next)) {
      return;
    }
    int parcel = CodePage.PARCELS - 1;
    piece.begin(PieceForm.CROSSING, parcel, parcel, 1, 2, 0);
    piece.put(parcel | 1 << PieceForm.HALF);
    piece.put(1 << PieceForm.HALF);
    piece.references();
    piece.beginSource();
    long source = piece.putSource(page.hva() + 2L * parcel, 1);
    piece.putSource(next.hva(), 1);
    if (Predecoder.predecode(RawMemory.getInt(source)) == packed) {
      keep(PieceForm.CROSSING, parcel, Integer.BYTES);
    }
  }

  private void keep(int kind, int parcel, int length) {
    piece.keep(store, kind, parcel, alone.getAsBoolean(), siblings, length, area.last(), 0);
  }

  /** Whether guest code is what has been translated. */
  private static boolean isMadeOf(long source, int parcels, long[] ops) {
    int n = 0;
    for (int at = 0; at < parcels; at += Predecoder.parcels(ops[n++])) {
      if (decode(source + 2L * at, parcels - at) != ops[n]) {
        return false;
      }
    }
    return true;
  }

  private static long decode(long hva, int parcels) {
    int low = RawMemory.getShort(hva) & 0xffff;
    return Predecoder.predecode((low & 3) == 3 && parcels > 1 ? RawMemory.getInt(hva) : low);
  }
}

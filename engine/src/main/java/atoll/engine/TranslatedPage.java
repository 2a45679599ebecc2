package atoll.engine;

import java.util.Arrays;

/** What one hart has translated of one page of guest code. */
final class TranslatedPage {
  /**
   * Parcels that share a count of how often they were interpreted, and memory for their entries:
   * most pages are executed in a few places only.
   */
  private static final int CHUNK_SHIFT = 5;

  private static final int CHUNK = 1 << CHUNK_SHIFT;
  private static final int CHUNKS = CodePage.PARCELS >> CHUNK_SHIFT;

  /** Numbers that are kept of a piece. */
  private static final int PIECE = 4;

  /** In place of parcels: such a piece ends only with all others of the page. */
  private static final int ALL = -1;

  final CodePage page;
  private final CodeArea area;

  /** By chunk, then parcel: see {@link #entry}. */
  private final int[][] entries = new int[CHUNKS][];

  /** By chunk: how often interpretation began there. */
  private final byte[] heat = new byte[CHUNKS];

  /** By chunk: how often a slice ended there. */
  private final byte[] samples = new byte[CHUNKS];

  private final long[] inRegion = new long[CodePage.PARCELS / 64];

  /**
   * Four of each piece: its offset, its parcel, and the first and the last that it was made from,
   * which are {@link #ALL} of an instruction in two pages.
   */
  private int[] pieces = new int[32];

  private int pieceCount;

  /** A bit for each parcel that one of the pieces was made from. */
  private final long[] sources = new long[CodePage.PARCELS / 64];

  /** Whether a piece is of an instruction in two pages: this one and the one before or behind. */
  private boolean hasCrossing;

  /** The code of the instruction that goes on in another page, and whose that page is. */
  private int crossing;

  private TranslatedPage crossingInto;

  /** False once the translations have been dropped. */
  private boolean live = true;

  TranslatedPage(CodePage page, CodeArea area) {
    this.page = page;
    this.area = area;
  }

  /** The offset of a parcel's code in the code area, or 0. */
  int entry(int parcel) {
    int[] chunk = entries[parcel >> CHUNK_SHIFT];
    return chunk == null ? 0 : chunk[parcel & CHUNK - 1];
  }

  private void enter(int parcel, int offset) {
    int chunk = parcel >> CHUNK_SHIFT;
    if (entries[chunk] == null) {
      entries[chunk] = new int[CHUNK];
    }
    entries[chunk][parcel & CHUNK - 1] = offset;
  }

  /**
   * Whether code for a parcel is found by its address: it lies in another page, or may go on there.
   */
  static boolean byAddress(int parcel) {
    return parcel < 0 || parcel >= CodePage.PARCELS - 1;
  }

  /** Counts one more interpretation at a parcel; returns how many there have been. */
  int warm(int parcel) {
    return heat[parcel >> CHUNK_SHIFT] = increased(heat[parcel >> CHUNK_SHIFT]);
  }

  /** Counts one more slice that ended at a parcel. */
  int sample(int parcel) {
    return samples[parcel >> CHUNK_SHIFT] = increased(samples[parcel >> CHUNK_SHIFT]);
  }

  private static byte increased(byte count) {
    return count == Byte.MAX_VALUE ? count : (byte) (count + 1);
  }

  /** Notes a piece of code at {@code offset} for a parcel, made from it to {@code last}. */
  void add(int parcel, int offset, int last) {
    addPiece(parcel, offset, parcel, last);
    addSources(parcel, last);
    enter(parcel, offset);
  }

  /**
   * Notes the code of the page's last instruction, which goes on in another page. It ends with
   * either page, and is found by {@link #crossing} only: where that page is follows from the
   * mapping.
   */
  void addCrossing(TranslatedPage next, int offset) {
    int parcel = CodePage.PARCELS - 1;
    crossing = offset;
    crossingInto = next;
    addPiece(parcel, offset, ALL, ALL);
    addSources(parcel, parcel);
    hasCrossing = true;
    if (next != this) {
      next.addPiece(parcel, offset, ALL, ALL);
      next.hasCrossing = true;
    }
    next.addSources(0, 0);
  }

  /** The code of the page's last instruction if it goes on in {@code next}, or 0. */
  int crossing(CodePage next) {
    return crossingInto != null && crossingInto.live && crossingInto.page == next ? crossing : 0;
  }

  private void addPiece(int parcel, int offset, int first, int last) {
    if (pieceCount + PIECE > pieces.length) {
      pieces = Arrays.copyOf(pieces, 2 * pieceCount);
    }
    pieces[pieceCount] = offset;
    pieces[pieceCount + 1] = parcel;
    pieces[pieceCount + 2] = first;
    pieces[pieceCount + 3] = last;
    pieceCount += PIECE;
  }

  private void addSources(int first, int last) {
    int from = first >> 6;
    int to = last >> 6;
    for (int i = from; i <= to; i++) {
      long low = i == from ? -1L << first : -1L;
      long high = i == to ? -1L >>> 63 - (last & 63) : -1L;
      sources[i] |= low & high;
    }
  }

  /** The same for an entry of a region, made from what is between two parcels. */
  void addRegion(int parcel, int offset, int first, int last) {
    addPiece(parcel, offset, first, last);
    addSources(first, last);
    enter(parcel, offset);
    inRegion[parcel >> 6] |= 1L << parcel;
  }

  /** Whether a region is entered at a parcel. */
  boolean inRegion(int parcel) {
    return (inRegion[parcel >> 6] >>> parcel & 1) != 0;
  }

  /** Makes all of the code lead to an exit; it is not executed again. */
  void drop(Invalidation cause) {
    if (!live) {
      return;
    }
    live = false;
    for (int i = 0; i < pieceCount; i += PIECE) {
      area.makeStale(pieces[i], pieces[i + 1]);
    }
    Arrays.fill(entries, null);
    page.dropped(this);
    area.dropped(cause);
  }

  /** Does the same with the code that was made from any of {@code size} bytes in the page. */
  void stored(int offset, int size) {
    int first = CodePage.firstTouched(offset);
    int last = CodePage.lastTouched(offset, size);
    if (!live || !isSource(first, last)) {
      return;
    }
    if (hasCrossing && (first == 0 || last == CodePage.PARCELS - 1)) {
      drop(Invalidation.STORE);
      return;
    }
    for (int i = 0; i < pieceCount; i += PIECE) {
      if (pieces[i + 2] <= last && pieces[i + 3] >= first) {
        forget(pieces[i + 1]);
      }
    }
    removeForgotten();
    area.dropped(Invalidation.STORE);
  }

  private boolean isSource(int first, int last) {
    for (int i = first; i <= last; i++) {
      if ((sources[i >> 6] >>> i & 1) != 0) {
        return true;
      }
    }
    return false;
  }

  /** A parcel has no code any more, and is as cold as it was. */
  private void forget(int parcel) {
    int chunk = parcel >> CHUNK_SHIFT;
    entries[chunk][parcel & CHUNK - 1] = 0;
    heat[chunk] = 0;
    samples[chunk] = 0;
    inRegion[parcel >> 6] &= ~(1L << parcel);
  }

  /** Ends the pieces of parcels that have no code any more: also those that led to a region's. */
  private void removeForgotten() {
    int kept = 0;
    Arrays.fill(sources, 0);
    for (int i = 0; i < pieceCount; i += PIECE) {
      int parcel = pieces[i + 1];
      boolean crosses = pieces[i + 2] == ALL;
      if (entry(parcel) == 0 && !crosses) {
        area.makeStale(pieces[i], parcel);
        continue;
      }
      if (kept < i) {
        System.arraycopy(pieces, i, pieces, kept, PIECE);
      }
      kept += PIECE;
      if (crosses) { // it may be this page's last instruction, or the previous one's
        addSources(0, 0);
        addSources(CodePage.PARCELS - 1, CodePage.PARCELS - 1);
      } else {
        addSources(pieces[i + 2], pieces[i + 3]);
      }
    }
    pieceCount = kept;
  }

  /**
   * Lets a piece that has been dropped lead to the code that now is its parcel's, since there may
   * be jumps to it; unless there is none, or the piece is found by its address only.
   */
  void revive(int parcel, int offset) {
    int now = live && !byAddress(parcel) ? entry(parcel) : 0;
    if (now != 0 && now != offset) {
      area.patchJump(offset, now);
      addPiece(parcel, offset, parcel, parcel); // which ends with that code
    }
  }
}

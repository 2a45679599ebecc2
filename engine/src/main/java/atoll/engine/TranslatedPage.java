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

  final CodePage page;
  private final CodeArea area;

  /** By chunk, then parcel: see {@link #entry}. */
  private final int[][] entries = new int[CHUNKS][];

  /** By chunk: how often interpretation began there. */
  private final byte[] heat = new byte[CHUNKS];

  /** By chunk: how often a slice ended there. */
  private final byte[] samples = new byte[CHUNKS];

  private final long[] inRegion = new long[CodePage.PARCELS / 64];

  /** Pairs of a piece's offset and its first parcel. */
  private int[] pieces = new int[16];

  private int pieceCount;

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

  /** Notes that a piece of code at {@code offset} begins at a parcel. */
  void add(int parcel, int offset) {
    addPiece(parcel, offset);
    enter(parcel, offset);
  }

  /**
   * Notes the code of the page's last instruction, which goes on in another page. It ends with
   * either page, and is found by {@link #crossing} only: where that page is follows from the
   * mapping.
   */
  void addCrossing(TranslatedPage next, int offset) {
    crossing = offset;
    crossingInto = next;
    addPiece(CodePage.PARCELS - 1, offset);
    if (next != this) {
      next.addPiece(CodePage.PARCELS - 1, offset);
    }
  }

  /** The code of the page's last instruction if it goes on in {@code next}, or 0. */
  int crossing(CodePage next) {
    return crossingInto != null && crossingInto.live && crossingInto.page == next ? crossing : 0;
  }

  private void addPiece(int parcel, int offset) {
    if (pieceCount + 2 > pieces.length) {
      pieces = Arrays.copyOf(pieces, 2 * pieceCount);
    }
    pieces[pieceCount++] = offset;
    pieces[pieceCount++] = parcel;
  }

  /** The same for an entry of a region. */
  void addRegion(int parcel, int offset) {
    add(parcel, offset);
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
    for (int i = 0; i < pieceCount; i += 2) {
      area.makeStale(pieces[i], pieces[i + 1]);
    }
    Arrays.fill(entries, null);
    page.dropped(this);
    area.dropped(cause);
  }
}

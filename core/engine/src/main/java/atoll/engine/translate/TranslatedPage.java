package atoll.engine.translate;

import atoll.emit.CodeBuffer;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.Invalidation;
import atoll.engine.decode.PageTranslation;
import atoll.engine.target.CodeArea;
import atoll.engine.target.CodeExit;
import atoll.engine.target.ControlFlow;
import java.util.Arrays;

/** One hart's translations of one page of guest code. */
final class TranslatedPage extends PageTranslation {
  /**
   * Parcels that share a count of how often they were interpreted, and memory for their entries:
   * most pages are executed in a few places only.
   */
  private static final int CHUNK_SHIFT = 5;

  private static final int CHUNK = 1 << CHUNK_SHIFT;
  private static final int CHUNKS = CodePage.PARCELS >> CHUNK_SHIFT;

  /** Room for pieces at first. */
  private static final int FEW = 16;

  /** Of an instruction in two pages: such a piece ends only with all others of the page. */
  private static final int CROSSING = origin(CodePage.PARCELS - 1, CodePage.PARCELS - 2, 0);

  final CodePage page;

  private final CodeArea area;

  /** What another hart had of it, if this one has begun with that; or null. */
  private PageImage image;

  /** A bit for each of {@link #entries} that are the image's: not to be changed. */
  private long imageChunks;

  /** By chunk, then parcel: see {@link #entry}. */
  private int[][] entries = new int[CHUNKS][];

  /** By chunk: how often interpretation began there. */
  private byte[] heat = new byte[CHUNKS];

  /** By chunk: how often a slice ended there; null before the first, which few pages see. */
  private byte[] samples;

  /** A bit for each parcel that a region is entered at; null if the page has no region. */
  private long[] inRegion;

  /** Pairs of a piece's offset and what {@link #origin} says of it. */
  private int[] pieces = new int[FEW];

  private int pieceCount;

  /**
   * A bit for each parcel that one of the pieces was made from; null until the first store into
   * code, which most pages never see.
   */
  private long[] sources;

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
    markings = page.markings();
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
    ownChunk(chunk)[parcel & CHUNK - 1] = offset;
  }

  private int[] ownChunk(int chunk) {
    if ((imageChunks >>> chunk & 1) != 0) {
      imageChunks &= ~(1L << chunk);
      entries[chunk] = entries[chunk].clone();
    }
    return entries[chunk];
  }

  // ------------------------------------------------------------ shared by harts

  /** Whether all that there is of it can be executed, and there is something. */
  boolean isWhole() {
    return live && page.live() && !page.hasMarks() && !isToBeDropped() && pieceCount > 0;
  }

  /**
   * What there is of it now, for others: without what is becoming hot, for which each of them would
   * make a region at once, in the place of blocks that all have.
   *
   * @param number for the page, and {@code bytes} where its bytes are kept
   */
  PageImage image(int number, long bytes) {
    int[][] chunks = new int[CHUNKS][];
    for (int i = 0; i < CHUNKS; i++) {
      chunks[i] = entries[i] == null ? null : entries[i].clone();
    }
    int[] inOne = new int[pieceCount];
    int count = 0;
    for (int i = 0; i < pieceCount; i += 2) {
      if (pieces[i + 1] != CROSSING) {
        inOne[count++] = pieces[i];
        inOne[count++] = pieces[i + 1];
      }
    }
    return new PageImage(
        number,
        bytes,
        chunks,
        heat.clone(),
        inRegion == null ? null : inRegion.clone(),
        Arrays.copyOf(inOne, count));
  }

  /** Begins with what another hart had. */
  void take(PageImage from) {
    image = from;
    imageChunks = -1;
    entries = from.entries.clone();
    heat = from.heat.clone();
    inRegion = from.inRegion == null ? null : from.inRegion.clone();
    pieces = from.pieces; // which is full, and so is copied before one is added
    pieceCount = pieces.length;
  }

  /** Whether it has begun with what another hart had. */
  boolean isTaken() {
    return image != null;
  }

  /** Whether what it has begun with is being given up, so that it may not be entered any more. */
  boolean isLeft() {
    return isTaken() && area.left();
  }

  // ------------------------------------------------------------

  /** Counts one more interpretation at a parcel; returns how many there have been. */
  int warm(int parcel) {
    return heat[parcel >> CHUNK_SHIFT] = increased(heat[parcel >> CHUNK_SHIFT]);
  }

  /** Counts one more slice that ended at a parcel. */
  int sample(int parcel) {
    byte[] known = samples();
    return known[parcel >> CHUNK_SHIFT] = increased(known[parcel >> CHUNK_SHIFT]);
  }

  private static byte increased(byte count) {
    return count == Byte.MAX_VALUE ? count : (byte) (count + 1);
  }

  /**
   * A piece's parcel and the first and the last that it was made from, in 32 bits; the first is
   * rounded down to an even one.
   */
  private static int origin(int parcel, int first, int last) {
    return parcel | last << 11 | first >> 1 << 22;
  }

  private static int parcel(int origin) {
    return origin & CodePage.PARCELS - 1;
  }

  private static int first(int origin) {
    return origin >>> 22 << 1;
  }

  private static int last(int origin) {
    return origin >>> 11 & CodePage.PARCELS - 1;
  }

  /** Notes a piece of code at {@code offset} for a parcel, made from it to {@code last}. */
  void add(int parcel, int offset, int last) {
    addPiece(offset, origin(parcel, parcel, last));
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
    hasCrossing = true;
    addPiece(offset, CROSSING);
    if (next != this) {
      next.hasCrossing = true;
      next.addPiece(offset, CROSSING);
    }
  }

  /** The code of the page's last instruction if it goes on in {@code next}, or 0. */
  int crossing(CodePage next) {
    return crossingInto != null && crossingInto.live && crossingInto.page == next ? crossing : 0;
  }

  @Override
  public int pieces() {
    return pieceCount >> 1;
  }

  private void addPiece(int offset, int origin) {
    if (pieceCount + 2 > pieces.length) {
      pieces = Arrays.copyOf(pieces, Math.max(FEW, 2 * pieceCount));
    }
    pieces[pieceCount++] = offset;
    pieces[pieceCount++] = origin;
    if (sources != null) {
      addSources(origin);
    }
  }

  private void addSources(int origin) {
    if (origin == CROSSING) { // of this page's last instruction, or the previous one's
      sources[0] |= 1;
      sources[sources.length - 1] |= Long.MIN_VALUE;
      return;
    }
    for (int i = first(origin) >> 6; i <= last(origin) >> 6; i++) {
      sources[i] |= CodePage.bits(i, first(origin), last(origin));
    }
  }

  /**
   * The same for an entry of a region, made from what is between two parcels. The code that the
   * parcel has had leads there from now on.
   *
   * @return whether it has had any
   */
  boolean addRegion(int parcel, int offset, int first, int last) {
    int old = entry(parcel);
    addPiece(offset, origin(parcel, first, last));
    enter(parcel, offset);
    if (inRegion == null) {
      inRegion = new long[CodePage.PARCELS / 64];
    }
    inRegion[parcel >> 6] |= 1L << parcel;
    if (old != 0) {
      area.patchJump(old, offset);
    }
    return old != 0;
  }

  /** Has the piece just committed jump to what is known of the places that its exits link to. */
  void linkKnown() {
    CodeBuffer code = area.buffer;
    for (int i = 0; i < code.references(); i++) {
      if (code.referenceKind(i) == CodeBuffer.REPLACEABLE) {
        int site = code.referenceSite(i);
        link(area.last() + site, CodeExit.parcel(area.blocks.exitCode(site)));
      }
    }
  }

  /** Has an exit that links to a parcel jump there, if that has code. */
  void link(int at, int parcel) {
    int target = entry(parcel);
    if (target != 0) {
      area.patchJump(at, target);
    }
  }

  /** False once the translations have been dropped. */
  boolean live() {
    return live;
  }

  /** Tells which parcels have code: a bit for each. */
  void entries(long[] into) {
    Arrays.fill(into, 0);
    for (int i = 0; i < CHUNKS; i++) {
      int[] chunk = entries[i];
      for (int n = 0; chunk != null && n < CHUNK; n++) {
        int parcel = (i << CHUNK_SHIFT) + n;
        into[parcel >> 6] |= chunk[n] != 0 ? 1L << parcel : 0;
      }
    }
  }

  /** Lets the samples around a parcel be so many. */
  void sampled(int parcel, int count) {
    samples()[parcel >> CHUNK_SHIFT] = (byte) Math.min(count, Byte.MAX_VALUE);
  }

  private byte[] samples() {
    if (samples == null) {
      samples = new byte[CHUNKS];
    }
    return samples;
  }

  /** Whether a region is entered at a parcel. */
  boolean inRegion(int parcel) {
    return inRegion != null && (inRegion[parcel >> 6] >>> parcel & 1) != 0;
  }

  @Override
  public void drop(Invalidation cause) {
    if (!live) {
      return;
    }
    live = false;
    for (int i = 0; i < pieceCount; i += 2) {
      if (!area.hasLeft(pieces[i])) {
        area.makeStale(pieces[i], parcel(pieces[i + 1]));
      }
    }
    Arrays.fill(entries, null);
    pieceCount = 0;
    page.dropped(this);
    area.dropped(cause);
  }

  @Override
  public void stored(int offset, int size) {
    int first = CodePage.firstTouched(offset);
    int last = CodePage.lastTouched(offset, size);
    if (!live || !isSource(first, last)) {
      return;
    }
    if (hasCrossing && (first == 0 || last == CodePage.PARCELS - 1)) {
      drop(Invalidation.STORE);
      return;
    }
    for (int i = 1; i < pieceCount; i += 2) {
      int origin = pieces[i];
      if (origin != CROSSING && first(origin) <= last && last(origin) >= first) {
        forget(parcel(origin));
      }
    }
    removeForgotten();
    area.dropped(Invalidation.STORE);
  }

  private boolean isSource(int first, int last) {
    if (sources == null) {
      sources = new long[CodePage.PARCELS / 64];
      for (int i = 1; i < pieceCount; i += 2) {
        addSources(pieces[i]);
      }
    }
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
    ownChunk(chunk)[parcel & CHUNK - 1] = 0;
    heat[chunk] = 0;
    if (samples != null) {
      samples[chunk] = 0;
    }
    if (inRegion != null) {
      inRegion[parcel >> 6] &= ~(1L << parcel);
    }
  }

  /** Ends the pieces of parcels that have no code any more: also those that led to a region's. */
  private void removeForgotten() {
    int kept = 0;
    if (image != null) {
      pieces = pieces.clone();
    }
    Arrays.fill(sources, 0);
    for (int i = 0; i < pieceCount; i += 2) {
      int origin = pieces[i + 1];
      if (origin != CROSSING && entry(parcel(origin)) == 0) {
        area.makeStale(pieces[i], parcel(origin));
        continue;
      }
      pieces[kept++] = pieces[i];
      pieces[kept++] = origin;
      addSources(origin);
    }
    pieceCount = kept;
  }

  /**
   * Lets a piece that has been dropped lead to the code that now is its parcel's, since there may
   * be jumps to it; unless there is none, or the piece is found by its address only.
   */
  void revive(int parcel, int offset) {
    int now = live && !ControlFlow.byAddress(parcel) ? entry(parcel) : 0;
    if (now != 0 && now != offset) {
      area.patchJump(offset, now);
      addPiece(offset, origin(parcel, parcel, parcel)); // which ends with that code
    }
  }
}

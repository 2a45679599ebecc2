package atoll.engine.decode;

import atoll.host.RawMemory;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * One page of guest code, decoded instruction by instruction as it is first executed.
 *
 * <p>Shared by the harts of a machine. A {@linkplain #piece piece} holds one packed instruction per
 * 16-bit parcel ({@link Predecoder}), zero where nothing is decoded yet, and a sentinel behind the
 * last that sends the interpreter to the next piece. Most pages are executed in a few places only,
 * so a piece begins small; a page that is entered again and again has one piece, so that few loops
 * have two. A store into the page clears the entries that it touches, so code is never stale even
 * for guests that forget {@code fence.i}.
 */
public final class CodePage implements CodeSource {
  public static final int PARCELS = 2048;

  /** Parcels of a piece, of which a page has several: 12 % of those that are begun are decoded. */
  private static final int PIECE_SHIFT = 7;

  static final int PIECE = 1 << PIECE_SHIFT;
  private static final int PIECES = PARCELS >> PIECE_SHIFT;

  /**
   * How often small pieces are entered before the page is made one: more often than translated code
   * ever needs, and soon if it is the interpreter that runs a loop.
   */
  static final int PATIENCE = 4096;

  /** Behind a piece: the second is behind an instruction that begins in the last parcel. */
  private static final int SENTINELS = 2;

  /** The only piece of a dropped page: nothing is decoded, and only zeros are written to it. */
  public static final long[] GONE = empty(PIECE);

  private static final long[][] ALL_GONE = all(GONE);

  /**
   * By number: what is decoded, or null. Replaced as a whole when the page is dropped or made one
   * piece, and one by one when they are {@linkplain #release released}: an executor that is in a
   * piece meanwhile finds nothing decoded, and looks again.
   */
  private volatile long[][] pieces = new long[PIECES][];

  /** Those of {@link #pieces} that are being emptied. */
  private volatile long[][] leaving;

  /** How often small pieces were entered, about: harts may count at the same time. */
  private int entries;

  /** The RAM page's number. */
  public final int index;

  /** Another one for each page that a machine has begun; unique for the last 2^32 of them. */
  public final int serial;

  /** Host-virtual address of the page. */
  private final long hva;

  /**
   * False once the page has been dropped: an executor that still holds it looks the address up
   * again.
   */
  private volatile boolean live = true;

  /** Whether every hart has been made to forget the page as one to write to. */
  public volatile boolean guarded;

  /** A bit for each parcel that some hart may have translated. */
  private final long[] covered = new long[PARCELS / 64];

  /** A bit for each parcel at which a debugger may want to stop; null while there is none. */
  private volatile long[] marks;

  /** How often parcels have been marked. */
  private volatile int markings;

  /** By hart. */
  private final PageTranslation[] translated;

  /** Where pieces come from. */
  private final PiecePool pool;

  /** Stores that hit the page since it was created. */
  public int stores;

  /**
   * Of the RAM page with number {@code index}, at {@code hva}.
   *
   * @param harts of the machine
   * @param pool that its pieces come from
   */
  public CodePage(int index, long hva, int serial, int harts, PiecePool pool) {
    this.index = index;
    this.hva = hva;
    this.serial = serial;
    translated = new PageTranslation[harts];
    this.pool = pool;
  }

  /** A small piece in which nothing is decoded. */
  static long[] emptyPiece() {
    return empty(PIECE);
  }

  private static long[] empty(int size) {
    long[] empty = new long[size + SENTINELS];
    Arrays.fill(empty, size, empty.length, Predecoder.NEXT_PIECE);
    return empty;
  }

  private static long[][] all(long[] piece) {
    long[][] pieces = new long[PIECES][];
    Arrays.fill(pieces, piece);
    return pieces;
  }

  /** A page that is filled by hand: see {@link #hold}. */
  public static CodePage scratch() {
    CodePage scratch = new CodePage(-1, 0, 0, 0, PiecePool.ENDLESS);
    scratch.pieces = all(empty(PARCELS));
    return scratch;
  }

  /** Has a scratch page hold an instruction, or nothing (0), at a parcel. */
  public void hold(int parcel, long packed) {
    pieces[0][parcel] = packed;
  }

  /**
   * The piece that a parcel is in, to be executed from there on. It begins at a multiple of its
   * {@link #size}.
   */
  public long[] piece(int parcel) {
    long[] piece = pieces[parcel >> PIECE_SHIFT];
    return piece != null && piece.length > PARCELS ? piece : smallPiece(parcel);
  }

  /** Parcels of a piece, a power of two. */
  public static int size(long[] piece) {
    return piece.length - SENTINELS;
  }

  /** The parcel of its page that an address is in. */
  public static int parcelAt(long va) {
    return (int) (va >>> 1) & PARCELS - 1;
  }

  private static int place(long[] piece, int parcel) {
    return parcel & size(piece) - 1;
  }

  private long[] smallPiece(int parcel) {
    if (++entries >= PATIENCE) {
      makeOne();
    }
    long[] piece = pieces[parcel >> PIECE_SHIFT];
    return piece != null ? piece : begin(parcel);
  }

  private long[] begin(int parcel) {
    int number = parcel >> PIECE_SHIFT;
    long[] begun;
    synchronized (this) {
      long[][] own = pieces;
      if (own[number] != null) {
        return own[number];
      }
      begun = pool.take();
      VarHandle.storeStoreFence(); // others find it without this lock
      own[number] = begun;
    }
    pool.begun(this, number); // which may end a piece of another page, whose lock that takes
    return begun;
  }

  /**
   * Ends a small piece, so that its place in the heap can be used for another. Who is in it finds
   * it empty, and by {@link #decode} that it is not the page's.
   *
   * @return the piece, empty; null if the page has it no more
   */
  synchronized long[] release(int number) {
    long[] piece = pieces[number];
    if (!live || piece == null || size(piece) != PIECE) {
      return null;
    }
    long[][] ending = new long[PIECES][];
    ending[number] = piece;
    leaving = ending; // before it is not found any more: each store clears it in one of the two
    VarHandle.fullFence();
    pieces[number] = null;
    VarHandle.fullFence();
    Arrays.fill(piece, 0, PIECE, 0);
    leaving = null;
    return piece;
  }

  /** Nothing decoded is taken over, so that no store can be missed meanwhile. */
  private synchronized void makeOne() {
    if (live && !isOne()) {
      replace(all(empty(PARCELS)));
    }
  }

  private boolean isOne() {
    long[] first = pieces[0];
    return first != null && size(first) == PARCELS;
  }

  /** Who is in an old piece finds it empty, and by {@link #decode} that it is not the page's. */
  @SuppressWarnings("ReferenceEquality") // that very array
  private void replace(long[][] next) {
    long[][] own = pieces;
    leaving = own;
    pieces = next;
    long[] emptied = null; // a page of one piece has it many times
    for (long[] piece : own) {
      if (piece != null && piece != emptied) {
        Arrays.fill(piece, 0, size(piece), 0);
        emptied = piece;
      }
    }
    leaving = null;
  }

  /**
   * Decodes the instruction at a parcel into a piece.
   *
   * <p>Another hart may store there meanwhile; it writes memory, then clears the entry. Looking at
   * memory again after the entry is written leaves no order of the two in which old code stays.
   *
   * @return the packed instruction, or 0 if the piece is no longer the page's
   */
  @SuppressWarnings("ReferenceEquality") // that very array
  public long decode(long[] piece, int parcel) {
    int number = parcel >> PIECE_SHIFT;
    if (!live || pieces[number] != piece) {
      return 0;
    }
    int place = place(piece, parcel);
    long decoded;
    int bits;
    boolean marked;
    do {
      bits = fetch(parcel);
      marked = marked(parcel);
      decoded = predecode(parcel, bits);
      piece[place] = decoded;
      VarHandle.fullFence();
    } while (pieces[number] == piece && (fetch(parcel) != bits || marked(parcel) != marked));
    if (pieces[number] != piece) {
      piece[place] = 0;
      return 0;
    }
    return decoded;
  }

  private long predecode(int parcel, int bits) {
    return predecode(parcel, bits, marks);
  }

  /** The instruction with these bits, if a debugger may want to stop at some parcels. */
  static long predecode(int parcel, int bits, long[] marks) {
    if (marked(marks, parcel)) {
      return Predecoder.BREAKPOINT;
    }
    return (bits & 3) == 3 && parcel == PARCELS - 1
        ? Predecoder.CROSSING
        : Predecoder.predecode(bits);
  }

  /**
   * The instruction at a parcel, for who does not execute it from a piece: none is begun for it.
   *
   * @return the packed instruction, or 0 if the page is no longer live or a scratch page
   */
  @Override
  public long read(int parcel) {
    long[] piece = pieces[parcel >> PIECE_SHIFT];
    if (piece == null) {
      return live ? predecode(parcel, fetch(parcel)) : 0;
    }
    long known = piece[place(piece, parcel)];
    return known != 0 || isScratch() ? known : decode(piece, parcel);
  }

  /** The instruction's bits: 16 of them if it is compressed or crosses the page's end. */
  private int fetch(int parcel) {
    int low = parcel(parcel);
    return (low & 3) == 3 && parcel < PARCELS - 1 ? RawMemory.getInt(hva + 2L * parcel) : low;
  }

  /** The 16 bits that memory holds there now. */
  public int parcel(int parcel) {
    return RawMemory.getShort(hva + 2L * parcel) & 0xffff;
  }

  /** The first parcel whose instruction may have a byte at {@code offset}. */
  public static int firstTouched(int offset) {
    return Math.max(0, (offset >> 1) - 1);
  }

  /** The last one whose instruction may have one of {@code size} bytes there. */
  public static int lastTouched(int offset, int size) {
    return Math.min(PARCELS - 1, offset + size - 1 >> 1);
  }

  /**
   * Forgets what was decoded from {@code size} bytes at {@code offset} in the page, after a store
   * to them and a fence.
   *
   * @return whether translated code may have been made from them
   */
  public boolean invalidate(int offset, int size) {
    int from = firstTouched(offset);
    int to = lastTouched(offset, size);
    clear(pieces, from, to);
    long[][] old = leaving; // an executor may be in one
    if (old != null) {
      clear(old, from, to);
    }
    VarHandle.fullFence();
    boolean translatedToo = false;
    for (int parcel = from; parcel <= to; parcel++) {
      translatedToo |= (covered[parcel >> 6] >>> parcel & 1) != 0;
    }
    return translatedToo;
  }

  private static void clear(long[][] pieces, int from, int to) {
    for (int parcel = from; parcel <= to; parcel++) {
      long[] piece = pieces[parcel >> PIECE_SHIFT];
      if (piece != null) {
        piece[place(piece, parcel)] = 0;
      }
    }
  }

  /**
   * Says that the instruction at a parcel is about to be read in order to translate it. A store by
   * another hart either is seen by that reading or sees this mark.
   */
  public void cover(int parcel) {
    long bit = 1L << parcel;
    if ((covered[parcel >> 6] & bit) == 0) {
      synchronized (covered) {
        covered[parcel >> 6] |= bit;
      }
      VarHandle.fullFence();
    }
  }

  /** The same of all parcels of a range. */
  public void cover(int first, int count) {
    boolean changed = false;
    synchronized (covered) {
      for (int i = first >> 6; i <= first + count - 1 >> 6; i++) {
        long bits = bits(i, first, first + count - 1);
        changed |= (covered[i] & bits) != bits;
        covered[i] |= bits;
      }
    }
    if (changed) {
      VarHandle.fullFence();
    }
  }

  /** The bits of a bitmap's word that stand for what lies from {@code first} to {@code last}. */
  public static long bits(int word, int first, int last) {
    long low = word == first >> 6 ? -1L << first : -1L;
    long high = word == last >> 6 ? -1L >>> 63 - (last & 63) : -1L;
    return low & high;
  }

  // ------------------------------------------------------------ for debuggers

  private boolean marked(int parcel) {
    return marked(marks, parcel);
  }

  private static boolean marked(long[] marks, int parcel) {
    return marks != null && (marks[parcel >> 6] >>> parcel & 1) != 0;
  }

  /** A bit for each parcel that is marked, which nobody changes; null if there is none. */
  long[] marks() {
    return marks;
  }

  /**
   * Has the instruction at a parcel decoded as {@link Predecoder#BREAKPOINT} from now on. A hart
   * that wants to see that drops what it has translated of it itself: see {@link #markings}.
   */
  public synchronized void mark(int parcel) {
    if (marked(parcel)) {
      return;
    }
    long[] next = marks == null ? new long[PARCELS / 64] : marks.clone();
    next[parcel >> 6] |= 1L << parcel;
    marks = next;
    clear(pieces, parcel, parcel);
    markings++;
  }

  /** Ends all marks; nothing executes. */
  public synchronized void unmark() {
    long[] before = marks;
    marks = null;
    for (int parcel = 0; before != null && parcel < PARCELS; parcel++) {
      if ((before[parcel >> 6] >>> parcel & 1) != 0) {
        clear(pieces, parcel, parcel);
      }
    }
  }

  /** How often parcels have been marked: what was translated before the last time may lack it. */
  public int markings() {
    return markings;
  }

  /** Whether a debugger may want to stop somewhere in it. */
  public boolean hasMarks() {
    return marks != null;
  }

  /** Its host-virtual address. */
  public long hva() {
    return hva;
  }

  /** Whether some hart has code that was translated of the page, as far as another one sees. */
  public boolean translated() {
    for (PageTranslation each : translated) {
      if (each != null && each.pieces() > 0) {
        return true;
      }
    }
    return false;
  }

  /** What a hart has translated of the page, or null. */
  public PageTranslation translated(int hart) {
    return translated[hart];
  }

  public void translated(int hart, PageTranslation page) {
    translated[hart] = page;
  }

  /** A hart has dropped its translations. */
  @SuppressWarnings("ReferenceEquality") // that very object
  public void dropped(PageTranslation page) {
    for (int i = 0; i < translated.length; i++) {
      if (translated[i] == page) {
        translated[i] = null;
      }
    }
  }

  /** Whether this is not a page of RAM but holds single instructions. */
  public boolean isScratch() {
    return hva == 0;
  }

  /**
   * Ends the page's life. Caches may have it for long, but not what it takes: an executor that runs
   * in it holds the decoded code, and finds it empty.
   */
  public synchronized void drop() {
    live = false;
    VarHandle.fullFence();
    replace(ALL_GONE);
  }

  public boolean live() {
    return live;
  }
}

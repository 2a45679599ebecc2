package atoll.engine.decode;

import atoll.engine.HartGroup;
import atoll.host.RawMemory;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * One page of guest code, decoded instruction by instruction as it is first executed.
 *
 * <p>Shared by the harts of a machine. {@link #ops} holds one packed instruction per 16-bit parcel
 * ({@link Predecoder}), zero where nothing is decoded yet, and a sentinel behind the last that
 * sends the interpreter to the next page. A store into the page clears the entries that it touches,
 * so code is never stale even for guests that forget {@code fence.i}.
 */
public final class CodePage {
  public static final int PARCELS = 2048;

  /** What a dropped page has: nothing is decoded. Only zeros are written to it. */
  public static final long[] GONE = emptyOps();

  /**
   * Replaced when the page is dropped: an executor that looks at it meanwhile finds nothing
   * decoded.
   */
  public long[] ops = emptyOps();

  /** The RAM page's number. */
  public final int index;

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

  /** By hart. */
  private final PageTranslation[] translated = new PageTranslation[HartGroup.MOST_HARTS];

  /** Stores that hit the page since it was created. */
  public int stores;

  /** Of the RAM page with number {@code index}, at {@code hva}. */
  public CodePage(int index, long hva) {
    this.index = index;
    this.hva = hva;
  }

  private static long[] emptyOps() {
    long[] empty = new long[PARCELS + 2];
    empty[PARCELS] = Predecoder.NEXT_PAGE;
    empty[PARCELS + 1] = Predecoder.NEXT_PAGE; // behind an instruction that crosses the page's end
    return empty;
  }

  /** A page that is filled by hand: see {@code FetchUnit}. */
  public static CodePage scratch() {
    return new CodePage(-1, 0);
  }

  /**
   * Decodes the instruction at a parcel.
   *
   * <p>Another hart may store there meanwhile; it writes memory, then clears the entry. Looking at
   * memory again after the entry is written leaves no order of the two in which old code stays.
   *
   * @return the packed instruction, or 0 if the page is no longer live
   */
  public long decode(int parcel) {
    long[] own = ops;
    VarHandle.loadLoadFence();
    if (!live) {
      return 0; // or own may be what all dropped pages share
    }
    long decoded;
    int bits;
    do {
      bits = fetch(parcel);
      decoded =
          (bits & 3) == 3 && parcel == PARCELS - 1
              ? Predecoder.CROSSING
              : Predecoder.predecode(bits);
      own[parcel] = decoded;
      VarHandle.fullFence();
    } while (live && fetch(parcel) != bits);
    if (!live) {
      own[parcel] = 0;
      return 0;
    }
    return decoded;
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
    long[] own = ops;
    for (int parcel = from; parcel <= to; parcel++) {
      own[parcel] = 0;
    }
    VarHandle.fullFence();
    boolean translatedToo = false;
    for (int parcel = from; parcel <= to; parcel++) {
      translatedToo |= (covered[parcel >> 6] >>> parcel & 1) != 0;
    }
    return translatedToo;
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

  /** Its host-virtual address. */
  public long hva() {
    return hva;
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
  public void drop() {
    live = false;
    VarHandle.fullFence();
    long[] own = ops;
    ops = GONE;
    Arrays.fill(own, 0, PARCELS, 0);
  }

  public boolean live() {
    return live;
  }
}

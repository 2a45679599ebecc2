package atoll.engine.decode;

/**
 * Where the {@linkplain CodePage#piece pieces} come from in which a machine's pages are decoded,
 * and how many there are at most: the one that was begun first ends for one more.
 *
 * <p>Harts that translate need little of what is decoded for long: a piece is executed a few times,
 * and then its code is translated and nothing of it is interpreted any more. Shared by the harts.
 */
public final class PiecePool {
  /** Has as many as are asked for: for harts that only interpret. */
  public static final PiecePool ENDLESS = new PiecePool(0, false);

  /** Pieces for each hart: 1 MiB of heap, in which 256 KiB of code can be decoded. */
  static final int EACH = 1024;

  /** Those that there are, as a ring. */
  private final CodePage[] pages;

  private final byte[] numbers;
  private int next;

  /** Whether nobody can be in a piece that ends, so that its memory is used for the next. */
  private final boolean reuses;

  /** One that has ended; or null. */
  private long[] spare;

  /** For a machine with so many harts. */
  public PiecePool(int harts) {
    this(harts * EACH, harts == 1);
  }

  private PiecePool(int capacity, boolean reuses) {
    pages = new CodePage[capacity];
    numbers = new byte[capacity];
    this.reuses = reuses;
  }

  /** An empty piece. */
  long[] take() {
    long[] piece = reuses ? takeSpare() : null;
    return piece != null ? piece : CodePage.emptyPiece();
  }

  private synchronized long[] takeSpare() {
    long[] piece = spare;
    spare = null;
    return piece;
  }

  /** A page has begun a piece; the caller holds no page's lock. */
  void begun(CodePage page, int number) {
    if (pages.length == 0) {
      return;
    }
    CodePage oldest;
    int ends;
    synchronized (this) {
      oldest = pages[next];
      ends = numbers[next];
      pages[next] = page;
      numbers[next] = (byte) number;
      next = (next + 1) % pages.length;
    }
    long[] ended = oldest == null ? null : oldest.release(ends);
    if (reuses && ended != null) {
      keep(ended);
    }
  }

  /** Keeps no pages that have been dropped. */
  public synchronized void forgetDropped() {
    for (int i = 0; i < pages.length; i++) {
      if (pages[i] != null && !pages[i].live()) {
        pages[i] = null;
      }
    }
  }

  private synchronized void keep(long[] ended) {
    spare = ended;
  }
}

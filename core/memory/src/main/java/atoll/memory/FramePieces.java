package atoll.memory;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * What is known of each page of a machine's memory, by the page's number ({@link GuestMap}), in
 * pieces for some pages each. A piece is made when something is first to be noted of one of its
 * pages, since of most pages nothing ever is. Thread-safe, as far as what is in the pieces is.
 *
 * @param <T> a piece, such as an array of {@link #SIZE}
 */
public final class FramePieces<T> {
  private static final int SHIFT = 7;

  /** Pages of a piece. */
  public static final int SIZE = 1 << SHIFT;

  private final Supplier<T> maker;

  /** Replaced only while nothing executes. */
  private AtomicReferenceArray<T> pieces;

  /**
   * @param frames one more than the highest number of a page
   * @param maker of an empty piece
   */
  public FramePieces(int frames, Supplier<T> maker) {
    this.maker = maker;
    pieces = new AtomicReferenceArray<>(count(frames));
  }

  private static int count(int frames) {
    return (frames + SIZE - 1) >> SHIFT;
  }

  /** A page's place in its piece. */
  public static int place(int frame) {
    return frame & SIZE - 1;
  }

  /** The piece of a page; null if nothing is noted of it and its neighbours. */
  public T find(int frame) {
    return pieces.get(frame >> SHIFT);
  }

  /** The piece of a page, made if there is none. */
  public T get(int frame) {
    T piece = find(frame);
    return piece != null ? piece : make(frame >> SHIFT);
  }

  private T make(int number) {
    T made = maker.get();
    T other = pieces.compareAndExchange(number, null, made);
    return other == null ? made : other;
  }

  /** Pages have got higher numbers; nothing executes. */
  public void extend(int frames) {
    if (count(frames) > pieces.length()) {
      AtomicReferenceArray<T> more = new AtomicReferenceArray<>(count(frames));
      for (int i = 0; i < pieces.length(); i++) {
        more.set(i, pieces.get(i));
      }
      pieces = more;
    }
  }

  /** One more than the highest number that there is room for. */
  public int frames() {
    return pieces.length() << SHIFT;
  }
}

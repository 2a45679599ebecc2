package atoll.engine.target;

import atoll.engine.decode.Invalidation;
import atoll.engine.decode.PageTranslation;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/**
 * The pieces of a segment of code, in the order of their addresses, and whose they are. Those of an
 * {@link Image} have owners by number, each of which is there once its page has been taken.
 */
final class CodePieces {
  private static final int FEW = 64;

  /** Pieces that one {@link #drop} drops, give or take a page. */
  private static final int DROPPED = 1024;

  /** As many of them are pieces for which pages have to be made the hart's own. */
  private static final int SHARED = 8;

  private int[] start = new int[FEW];
  private PageTranslation[] owner = new PageTranslation[FEW];

  /** By piece: which of the owners; null if each piece has an owner at its own place. */
  private int[] number;

  private int count;
  private int owners;

  /** Of these, those whose pages have lost their code. */
  private int lost;

  /** The offset behind the last of them; less than that of any if there is none. */
  private int end;

  /** Pieces as they were at one moment, for others; not changed by anybody. */
  static final class Image {
    /** Where each begins. */
    private final int[] start;

    /** Of the page that each is of, or -1 if nothing leads to it. */
    private final int[] number;

    /** Behind the last of them. */
    private final int end;

    private Image(int[] start, int[] number, int end) {
      this.start = start;
      this.number = number;
      this.end = end;
    }

    boolean isEmpty() {
      return start.length == 0;
    }
  }

  Image image(ToIntFunction<PageTranslation> numberOf) {
    int[] numbers = new int[count];
    for (int i = 0; i < count; i++) {
      PageTranslation page = ownerOf(i);
      numbers[i] = page == null ? -1 : numberOf.applyAsInt(page);
    }
    return new Image(Arrays.copyOf(start, count), numbers, end);
  }

  /**
   * Has what others have had.
   *
   * @param pages how many numbers there are
   */
  void begin(Image image, int pages) {
    start = image.start;
    number = image.number;
    count = start.length;
    owner = new PageTranslation[pages];
    owners = pages;
    lost = 0;
    end = image.end;
  }

  /** The pieces with a number are of a page. */
  void take(int of, PageTranslation page) {
    if (number != null) {
      owner[of] = page;
    }
  }

  /** Whether a page has taken the pieces with a number, and may have lost them since. */
  boolean taken(int of) {
    return number != null && owner[of] != null;
  }

  /** Shows the owners; one with several pieces several times. */
  void eachOwner(Consumer<PageTranslation> consumer) {
    for (int i = 0; i < owners; i++) {
      if (owner[i] != null) {
        consumer.accept(owner[i]);
      }
    }
  }

  int count() {
    return count;
  }

  int end() {
    return end;
  }

  void end(int offset) {
    end = offset;
  }

  /** Has some pages lose their code; returns whether all have. */
  boolean drop(Invalidation cause) {
    int units = DROPPED;
    while (units > 0 && lost < owners) {
      PageTranslation page = owner[lost++];
      units--;
      if (page != null) {
        units -= page.pieces() * (number == null ? 1 : SHARED);
        page.drop(cause);
      }
    }
    return lost == owners;
  }

  /** Adds one behind all others, to pieces that are no image's. */
  void add(int at, int size, PageTranslation page) {
    if (count == start.length) {
      start = Arrays.copyOf(start, 2 * count);
      owner = Arrays.copyOf(owner, 2 * count);
    }
    start[count] = at;
    owner[count++] = page;
    owners = count;
    end = Math.max(end, at + size);
  }

  /** Whose the piece is that an offset is in. */
  PageTranslation at(int offset) {
    int found = Arrays.binarySearch(start, 0, count, offset);
    return ownerOf(found >= 0 ? found : -found - 2);
  }

  private PageTranslation ownerOf(int piece) {
    if (number == null) {
      return owner[piece];
    }
    return number[piece] < 0 ? null : owner[number[piece]];
  }

  /** Has nothing. */
  void clear() {
    if (number != null) {
      shrink();
    }
    Arrays.fill(owner, 0, count, null);
    count = 0;
    owners = 0;
    lost = 0;
  }

  /** Has nothing, and room for little. */
  void shrink() {
    start = new int[FEW];
    owner = new PageTranslation[FEW];
    number = null;
    count = 0;
    owners = 0;
    lost = 0;
  }
}

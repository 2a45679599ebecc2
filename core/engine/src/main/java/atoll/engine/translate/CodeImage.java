package atoll.engine.translate;

import atoll.engine.HartCode;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.PageTranslation;
import atoll.engine.target.CodeArea;
import atoll.host.HostMemory;
import atoll.host.RawMemory;
import atoll.state.Unsaved;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A hart's translated code as it was at one moment, and the bytes of the pages that it was made
 * from. Other harts execute it where it is; one that has to change some of it gets that part for
 * itself ({@link atoll.host.ExecutableMemory}).
 */
final class CodeImage implements HartCode {
  private static final int PAGE = 4096;

  private final CodeArea.Image code;

  @Unsaved("a copy")
  private final HostMemory bytes;

  /** By the number of the page of RAM. */
  private final Map<Integer, PageImage> pages = new HashMap<>();

  private final boolean alone;
  private final boolean siblings;

  /** Guarded by this. */
  private boolean closed;

  /**
   * What an area has; nothing if there is none worth it. No hart executes, and nobody stores to
   * memory: so what is there of a page was made from the bytes that it has.
   *
   * @param alone whether no other hart shares the memory, and {@code siblings} whether the machine
   *     has more harts: code depends on that
   */
  static Optional<CodeImage> of(CodeArea area, boolean alone, boolean siblings) {
    Map<PageTranslation, Integer> numbers = new LinkedHashMap<>();
    area.eachOwner(owner -> {
      if (owner instanceof TranslatedPage page && page.isWhole()) {
        numbers.putIfAbsent(page, numbers.size());
      }
    });
    if (numbers.isEmpty()) {
      return Optional.empty();
    }
    return area.image(numbers.size(), owner -> numbers.getOrDefault(owner, -1))
        .map(code -> new CodeImage(code, numbers, alone, siblings));
  }

  private CodeImage(
      CodeArea.Image code, Map<PageTranslation, Integer> numbers, boolean alone, boolean siblings) {
    this.code = code;
    this.alone = alone;
    this.siblings = siblings;
    bytes = HostMemory.allocate((long) PAGE * numbers.size());
    numbers.forEach((page, number) -> add((TranslatedPage) page, number));
  }

  private void add(TranslatedPage page, int number) {
    long kept = bytes.address() + (long) PAGE * number;
    RawMemory.copy(page.page.hva(), kept, PAGE);
    pages.put(page.page.index, page.image(number, kept));
  }

  /** Whether it is code for a hart in such a machine. */
  boolean fits(boolean hasMemoryAlone, boolean hasSiblings) {
    return alone == hasMemoryAlone && siblings == hasSiblings;
  }

  /** Has an area begin with it; returns whether it is still there. */
  boolean beginIn(CodeArea area) {
    return area.begin(code);
  }

  /**
   * Gives a page what there is for it, if its bytes are those that it was made from. A store of
   * another hart to it either is seen here, or finds that all of it is covered.
   *
   * @return whether it has got something
   */
  boolean give(TranslatedPage to, CodeArea area) {
    CodePage page = to.page;
    PageImage image = pages.get(page.index);
    if (image == null || page.hasMarks()) {
      return false;
    }
    page.cover(0, CodePage.PARCELS);
    if (!same(page, image) || page.hasMarks() || !area.take(image.number, to)) {
      return false;
    }
    to.take(image);
    return true;
  }

  private synchronized boolean same(CodePage page, PageImage image) {
    return !closed && RawMemory.same(page.hva(), image.bytes, PAGE);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      code.close();
      bytes.close();
    }
  }
}

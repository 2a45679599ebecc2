package atoll.engine.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.emit.X64Assembler;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.PiecePool;
import atoll.engine.software.Translator;
import atoll.engine.target.CodeArea;
import atoll.engine.target.CodeExit;
import atoll.engine.x64.X64Target;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Room for new code is made in steps. */
class CodeAreaTest {
  private static final int CODE_BYTES = 16 << 20;

  private static CodeArea area() {
    return new CodeArea(CODE_BYTES, new X64Target(), () -> true, () -> false);
  }

  /** A small piece of code for each parcel of a page, as long as there is room. */
  private static TranslatedPage translate(CodeArea area, int number) {
    TranslatedPage page =
        new TranslatedPage(new CodePage(number, 0x1000, 1, 1, PiecePool.ENDLESS), area);
    for (int parcel = 0; parcel < CodePage.PARCELS && area.room(); parcel++) {
      area.begin();
      X64Assembler a = (X64Assembler) area.buffer;
      a.aluImmediate(X64Assembler.SUB, true, X64Assembler.R15, 1);
      a.constantFixed(X64Assembler.RAX, CodeExit.code(CodeExit.LINK, parcel, 0));
      a.callTo(area.routines.exitResumably());
      page.add(parcel, area.commit(page), parcel);
    }
    return page;
  }

  private static List<TranslatedPage> fill(CodeArea area) {
    List<TranslatedPage> pages = new ArrayList<>();
    while (area.room()) {
      pages.add(translate(area, pages.size()));
    }
    return pages;
  }

  private static long withCode(List<TranslatedPage> pages) {
    return pages.stream().filter(page -> page.entry(0) != 0).count();
  }

  @Test
  void aSegmentIsGivenUpAPageOrSoAtATime() {
    assumeTrue(Translator.unavailable().isEmpty());
    try (CodeArea area = area()) {
      List<TranslatedPage> first = fill(area);
      while (area.evictions == 0) { // until the first segment is the next to go
        List<TranslatedPage> before = first;
        long left = withCode(before);
        while (!area.evict()) {
          long now = withCode(before);
          assertThat(left - now).isBetween(0L, 2L);
          left = now;
          assertThat(area.room()).isFalse();
        }
        area.reuse();
        assertThat(area.room()).isTrue();
        if (area.evictions == 0) {
          fill(area);
        }
      }
      assertThat(withCode(first)).isZero();
    }
  }

  @Test
  void allOfItIsGivenBackInStepsAndFilledAgain() {
    assumeTrue(Translator.unavailable().isEmpty());
    try (CodeArea area = area()) {
      List<TranslatedPage> pages = fill(area);
      while (!area.evict()) {}
      area.reuse();
      pages.addAll(fill(area));
      int taken = area.taken();
      assertThat(taken).isBetween(1, CODE_BYTES / 4);
      long left = withCode(pages);
      int steps = 0;
      for (; !area.dropAll(); steps++) {
        assertThat(left - withCode(pages)).isBetween(0L, 4L);
        left = withCode(pages);
      }
      assertThat(withCode(pages)).isZero();
      assertThat(steps).isGreaterThan(10);
      int generation = area.generation;
      for (; !area.giveBack(); taken = area.taken()) {
        assertThat(taken - area.taken()).isBetween(1, 1 << 20);
      }
      assertThat(area.taken()).isZero();
      assertThat(area.generation).isNotEqualTo(generation);
      TranslatedPage again = translate(area, 0);
      assertThat(area.owner(again.entry(5))).isSameAs(again);
      assertThat(area.taken()).isPositive();
    }
  }

  @Test
  void aSegmentHasNoMorePiecesThanTheHeapIsToHold() {
    assumeTrue(Translator.unavailable().isEmpty());
    try (CodeArea area = area()) {
      int pieces = fill(area).stream().mapToInt(TranslatedPage::pieces).sum();
      assertThat(pieces).isEqualTo(CodeArea.MOST_PIECES);
      assertThat(area.bytes).isLessThan(CODE_BYTES / 8);
    }
  }
}

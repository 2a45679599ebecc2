package atoll.engine.mmu;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.MmuKind;
import atoll.engine.Paging;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.Invalidation;
import atoll.engine.decode.PageTranslation;
import atoll.engine.hart.SoftHartGroup;
import atoll.engine.software.Interpreter;
import atoll.host.Clock;
import atoll.host.HostMemory;
import atoll.memory.GuestMemory;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How much of the heap decoded code takes, however many pages a guest jumps through. */
class CodeCacheTest {
  private static final long RAM = 0x8000_0000L;
  private static final int PAGES = 1024;
  private static final int CAPACITY = 10;
  private static final long MIB = 1 << 20;

  private final HostMemory host = HostMemory.allocate(PAGES * 4096L);
  private final GuestMemory memory = new GuestMemory(RAM, host);
  private final SoftHartGroup group =
      new SoftHartGroup(memory, Clock.host(), 2, new Interpreter(), MmuKind.FOLDED, Paging.SV57);
  private final CodeCache cache = new CodeCache(memory, CAPACITY);

  @AfterEach
  void giveBack() {
    group.close();
    host.close();
  }

  private CodePage page(int number) {
    cache.attach(group);
    return cache.page(RAM + number * 4096L, group.client(0));
  }

  @Test
  void theOldestPageGoesForTheNextAndGivesBackWhatItTook() {
    var kept = new ArrayDeque<CodePage>();
    for (int number = 0; number < PAGES; number++) {
      CodePage page = page(number);
      assertThat(page.live()).isTrue();
      kept.add(page);
      if (kept.size() > CAPACITY) {
        CodePage oldest = kept.remove();
        assertThat(oldest.live()).isFalse();
        assertThat(oldest.read(0)).isZero();
        // Caches of the harts may have hundreds of dropped pages: they share one empty array.
        assertThat(oldest.piece(0)).isSameAs(CodePage.GONE);
      }
      assertThat(kept).allMatch(CodePage::live);
    }
  }

  @Test
  void aPageThatIsStillKnownIsNotBegunAgain() {
    CodePage first = page(0);
    for (int i = 0; i < 5 * CAPACITY; i++) {
      assertThat(page(0)).isSameAs(first);
    }
    assertThat(page(1)).isNotSameAs(first);
  }

  @Test
  void aDroppedPagesPlaceIsUsedAgain() {
    for (int round = 0; round < 100; round++) {
      CodePage page = page(round % 3);
      memory.written(RAM + round % 3 * 4096L, 1);
      assertThat(page.live()).isFalse();
      assertThat(page(round % 3)).isNotSameAs(page);
    }
  }

  @Test
  void pagesThatNobodyHasTranslatedAreForgottenInSteps() {
    CodePage plain = page(0);
    CodePage far = page(PAGES - 1);
    CodePage translated = page(1);
    translated.translated(1, translationOf(3));
    CodePage empty = page(2);
    empty.translated(1, translationOf(0));
    int from = 0;
    while (from != Mmu.ALL_FORGOTTEN) {
      int next = cache.forget(from, group.client(0));
      assertThat(next == Mmu.ALL_FORGOTTEN || next > from).isTrue();
      from = next;
    }
    assertThat(List.of(plain, far, empty)).noneMatch(CodePage::live);
    assertThat(translated.live()).isTrue();
    assertThat(page(0).live()).isTrue();
  }

  private static PageTranslation translationOf(int pieces) {
    return new PageTranslation() {
      @Override
      public int pieces() {
        return pieces;
      }

      @Override
      public void drop(Invalidation cause) {}

      @Override
      public void stored(int offset, int size) {}
    };
  }

  @Test
  void decodedPagesTakeASmallPartOfTheHeap() {
    assertThat(CodeCache.capacity(16L << 30)).isEqualTo(8192);
    assertThat(CodeCache.capacity(2048 * MIB)).isEqualTo(8192);
    assertThat(CodeCache.capacity(512 * MIB)).isEqualTo(2048);
    assertThat(CodeCache.capacity(64 * MIB)).isEqualTo(256);
    assertThat(CodeCache.capacity(8 * MIB)).isEqualTo(64);
    assertThat(CodeCache.capacity(Long.MAX_VALUE)).isEqualTo(8192);
  }
}

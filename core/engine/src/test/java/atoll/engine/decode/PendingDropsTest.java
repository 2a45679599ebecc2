package atoll.engine.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a hart is to drop of its translations takes no more places than there are pages. */
class PendingDropsTest {
  private static final int TIMES = 1_000_000;
  private static final int PAGES = 10;

  /** Of no code: only its place in the list counts. */
  private static final class Empty extends PageTranslation {
    @Override
    public int pieces() {
      return 0;
    }

    @Override
    public void drop(Invalidation cause) {}

    @Override
    public void stored(int offset, int size) {}
  }

  @Test
  void aPageOfCodeIsListedOnceHoweverOftenItIsStoredTo() {
    List<Empty> pages = IntStream.range(0, PAGES).mapToObj(i -> new Empty()).toList();
    PendingDrops drops = new PendingDrops();
    var random = new SplittableRandom(3);
    for (int i = 0; i < TIMES; i++) {
      drops.add(pages.get(random.nextInt(PAGES)), 8 * random.nextInt(512), 8);
    }
    int taken = 0;
    while (drops.take()) {
      taken++;
    }
    assertThat(taken).isEqualTo(PAGES);
    assertThat(drops.isEmpty()).isTrue();
    drops.add(pages.getFirst(), 0, 8); // it can be listed again
    assertThat(drops.take()).isTrue();
    assertThat(drops.take()).isFalse();
  }
}

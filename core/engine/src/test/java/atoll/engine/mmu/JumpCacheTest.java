package atoll.engine.mmu;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.HostMemory;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a jump cache finds is what was put there last, and nothing that was to be forgotten. */
class JumpCacheTest {
  private static final long PAGE = 4096;
  private static final int SMALL = JumpCache.FEWEST - 1 << 1;
  private static final int LARGE = JumpCache.MOST - 1 << 1;

  private HostMemory memory;
  private JumpCache cache;
  private final Map<Long, Long> filled = new HashMap<>();
  private final SplittableRandom random = new SplittableRandom(1);

  @BeforeEach
  void makeACache() {
    memory = HostMemory.allocate(2L * JumpCache.BYTES);
    cache = new JumpCache(memory, JumpCache.BYTES);
  }

  @AfterEach
  void giveBack() {
    memory.close();
  }

  /** With the page of code that is always there. */
  private void fill(long pc) {
    fill(pc, (int) (pc >>> 12));
  }

  private void fill(long pc, int page) {
    long code = 1 + random.nextLong(1L << 40);
    cache.fill(pc, code, page);
    filled.put(pc, code);
    assertThat(cache.lookup(pc)).isEqualTo(code);
  }

  /** Some program counter of a few hundred pages, at the ends of the address space among them. */
  private long pc() {
    return (random.nextLong(600) - 20) * PAGE + 2 * random.nextLong(PAGE / 2);
  }

  private int found() {
    int n = 0;
    for (Map.Entry<Long, Long> entry : filled.entrySet()) {
      long code = cache.lookup(entry.getKey());
      assertThat(code).isIn(0L, entry.getValue());
      n += code != 0 ? 1 : 0;
    }
    return n;
  }

  @Test
  void anEmptyCacheFindsNothing() {
    for (long pc : new long[] {0, 2, PAGE, -2, -PAGE, Long.MIN_VALUE}) {
      assertThat(cache.lookup(pc)).isZero();
    }
  }

  @Test
  void aPageIsForgottenWithWhatReachesIntoItAndNothingElse() {
    for (int round = 0; round < 200; round++) {
      for (int i = 0; i < 100; i++) {
        fill(pc());
      }
      long page = pc() & -PAGE;
      fill(page - 2);
      fill(page);
      int before = found();
      long there =
          filled.keySet().stream().filter(pc -> touches(pc, page) && cache.lookup(pc) != 0).count();
      cache.flushPage(page + random.nextLong(PAGE));
      filled.keySet().removeIf(pc -> touches(pc, page) && forgotten(pc));
      assertThat(found()).isEqualTo(before - there);
      assertThat(filled.keySet()).noneMatch(pc -> touches(pc, page) && cache.lookup(pc) != 0);
    }
  }

  private static boolean touches(long pc, long page) {
    return (pc & -PAGE) == page || (pc + 2 & -PAGE) == page;
  }

  private boolean forgotten(long pc) {
    assertThat(cache.lookup(pc)).isZero();
    return true;
  }

  @Test
  void aFlushForgetsEverything() {
    for (int i = 0; i < 5000; i++) {
      fill(pc());
    }
    cache.flush();
    assertThat(found()).isZero();
    fill(0, -1);
    assertThat(found()).isEqualTo(1);
  }

  @Test
  void aPageThatIsExecutedAgainAfterAFlushIsKnownAgain() {
    for (int flushes = 1; flushes < 4; flushes++) {
      for (int i = 0; i < 40; i++) {
        fill(5 * PAGE + 8L * i);
        fill(6 * PAGE + 8L * i + 4);
      }
      fill(6 * PAGE - 2); // perhaps goes on in the next page
      for (int i = 0; i < flushes; i++) {
        cache.flush();
        assertThat(found()).isZero();
      }
      fill(5 * PAGE + 8);
      assertThat(found()).isEqualTo(40);
      assertThat(cache.lookup(6 * PAGE - 2)).isZero();
      fill(6 * PAGE + 4);
      assertThat(found()).isEqualTo(80);
    }
  }

  @Test
  void anotherPageOfCodeAtTheSameAddressesKnowsNothingOfTheOneBefore() {
    for (int page = 0; page < 3; page++) {
      fill(5 * PAGE, page);
      fill(5 * PAGE + 100, page);
      cache.flush();
      fill(5 * PAGE + 200, page + 1); // without a flush before the next one comes
      assertThat(found()).isEqualTo(1);
      cache.flush();
    }
    fill(5 * PAGE + 300, 0);
    assertThat(found()).isEqualTo(1);
  }

  @Test
  void twoPagesOfCodeAtOneAddressBetweenFlushesAreKeptApart() {
    fill(5 * PAGE, 1);
    fill(5 * PAGE + 100, 2);
    assertThat(found()).isEqualTo(2);
    cache.flush();
    fill(5 * PAGE + 200, 2);
    assertThat(cache.lookup(5 * PAGE)).isZero();
    assertThat(found()).isEqualTo(2);
  }

  /** A few entries in each of many buckets that are full of hidden ones. */
  @Test
  void aFlushIsWholeHoweverManyEntriesAreHiddenAlready() {
    for (int page = 0; page < 1000; page++) {
      for (int i = 0; i < 6; i++) {
        fill(page * PAGE + 64L * i + 2L * (page & 31));
      }
    }
    cache.flush();
    for (int page = 0; page < 1000; page++) {
      fill((page + 4096) * PAGE + 1024 + 2L * (page & 31));
    }
    assertThat(found()).isPositive();
    cache.flush();
    assertThat(found()).isZero();
  }

  @Test
  void whatIsEmptiedIsNeverKnownAgain() {
    for (int i = 0; i < 5000; i++) {
      fill(5 * PAGE + 2 * random.nextLong(PAGE / 2));
    }
    cache.flush();
    cache.empty();
    fill(5 * PAGE);
    assertThat(found()).isEqualTo(1);
  }

  /** Against a map, with few addresses so that everything happens to each of them. */
  @Test
  void nothingIsFoundThatWasNotFilledForThePageThatIsThere() {
    int[] there = new int[40];
    Map<Long, Integer> filledFor = new HashMap<>();
    for (int i = 0; i < 60_000; i++) {
      int number = random.nextInt(there.length);
      long pc = (long) number * (PAGE << (number % 3 == 0 ? 12 : 0)) + 2L * random.nextInt(2048);
      switch (random.nextInt(1000)) {
        case 0 -> {
          cache.flush();
          there[number] = random.nextInt(3);
        }
        case 1 -> cache.flushPage(pc);
        case 2 -> cache.empty();
        default -> {
          int page = there[number];
          long known = cache.lookup(pc);
          if (known != 0) {
            assertThat(known).isEqualTo(filled.get(pc));
            assertThat(filledFor.get(pc)).isEqualTo(page);
          }
          fill(pc, page);
          filledFor.put(pc, page);
        }
      }
    }
  }

  @Test
  void programCountersThatDisplaceOneAnotherManyTimesMakeItLargerOnce() {
    // Three that have a place and its neighbour in a small table, and one each in a large one.
    long[] three = {8, 12 + 2L * JumpCache.FEWEST, 4L * JumpCache.FEWEST};
    for (int i = 0; i < 10_000; i++) {
      fill(three[i % 2]);
    }
    assertThat(found()).isEqualTo(2);
    for (int i = 0; i < 10_000; i++) {
      fill(three[i % 3]);
    }
    assertThat(cache.mask()).isEqualTo(SMALL);
    for (int i = 0; i < 100_000; i++) {
      fill(three[i % 3]);
    }
    assertThat(cache.mask()).isEqualTo(LARGE);
    assertThat(found()).isEqualTo(3);
    for (int i = 0; i < 200_000; i++) {
      cache.fill(random.nextLong() & -2, 1, 1);
    }
    assertThat(cache.mask()).isEqualTo(LARGE);
    cache.flush();
    assertThat(found()).isZero();
  }

  /** Pages whose numbers differ by a multiple of 4,096 share a bucket: a guest can choose so. */
  private long pcOfOneBucket() {
    return random.nextLong(1 << 14) << 24 | 2 * random.nextLong(PAGE / 2);
  }

  @Test
  void allEntriesInOneBucketAreNeverFollowedToTheirEnd() {
    for (int i = 0; i < 50_000; i++) {
      fill(pcOfOneBucket());
    }
    assertThat(found()).isLessThanOrEqualTo(JumpCache.MOST);
    long page = 5L << 24;
    fill(page + 2);
    cache.flushPage(page);
    assertThat(cache.lookup(page + 2)).isZero();
    found(); // and nothing wrong is found
    cache.flush();
    assertThat(found()).isZero();
    for (int i = 0; i < 10_000; i++) {
      fill(pc());
    }
    cache.flush();
    assertThat(found()).isZero();
  }
}

package atoll.engine.mmu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FrameListTest {
  private static final int FRAMES = 100;

  @Test
  void aFrameIsThereOnceUntilItIsTaken() {
    FrameList list = new FrameList(FRAMES);
    assertThat(list.isEmpty()).isTrue();
    for (int i = 0; i < 3; i++) {
      list.add(0);
      list.add(FRAMES - 1);
      list.add(FRAMES - 1);
    }
    int first = list.take();
    int second = list.take();
    assertThat(Set.of(first, second)).containsExactlyInAnyOrder(0, FRAMES - 1);
    assertThat(list.isEmpty()).isTrue();
  }

  @Test
  void whatIsTakenIsWhatWasAddedInAnyOrder() {
    var random = new SplittableRandom(1);
    FrameList list = new FrameList(FRAMES);
    Set<Integer> expected = new HashSet<>();
    for (int i = 0; i < 100_000; i++) {
      if (random.nextBoolean()) {
        int frame = random.nextInt(FRAMES);
        list.add(frame);
        expected.add(frame);
      } else if (!expected.isEmpty()) {
        assertThat(expected.remove(list.take())).isTrue();
      }
      assertThat(list.isEmpty()).isEqualTo(expected.isEmpty());
    }
  }
}

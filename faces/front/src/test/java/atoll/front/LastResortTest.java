package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LastResortTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final List<Integer> ended = new ArrayList<>();
  private final LastResort resort =
      new LastResort(new PrintStream(bytes, true, StandardCharsets.UTF_8), ended::add);

  @Test
  void wantOfMemoryIsOneSentence() {
    assertThat(resort.tell(new OutOfMemoryError("Java heap space"))).isEqualTo(125);
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "atoll: the JVM has no memory left (Java heap space); give it more, such as by ATOLL_JVM_FLAGS=-Xmx512m"
                + System.lineSeparator());
  }

  @Test
  void aDefectIsToldInFull() {
    assertThat(resort.tell(new AssertionError("impossible"))).isEqualTo(125);
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("bug in Atoll", "impossible", "at atoll.front.LastResortTest");
  }

  @Test
  void threadsThatDieWithoutMemoryEndTheProcessOnce() {
    resort.uncaughtException(Thread.currentThread(), new OutOfMemoryError("Java heap space"));
    resort.uncaughtException(Thread.currentThread(), new OutOfMemoryError("Metaspace"));
    assertThat(resort.tell(new OutOfMemoryError("Java heap space"))).isEqualTo(125);
    assertThat(ended).containsExactly(125);
    assertThat(bytes.toString(StandardCharsets.UTF_8)).hasLineCount(1);
  }

  @Test
  void aThreadThatDiesOfADefectLeavesTheOthersAlone() {
    resort.uncaughtException(Thread.currentThread(), new IllegalStateException("odd"));
    assertThat(ended).isEmpty();
    assertThat(bytes.toString(StandardCharsets.UTF_8)).contains("bug in Atoll", "odd");
  }
}

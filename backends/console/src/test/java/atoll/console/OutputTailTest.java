package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The end of what was printed is kept, and no more. */
class OutputTailTest {
  private static final int SIZE = 1 << 16;

  private final OutputTail tail = new OutputTail(SIZE);
  private final StringBuilder all = new StringBuilder();

  private void print(String text) {
    all.append(text);
    tail.append(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void check() {
    int length = Math.min(SIZE, all.length());
    assertThat(new String(tail.bytes(), StandardCharsets.US_ASCII))
        .isEqualTo(all.substring(all.length() - length));
  }

  @Test
  void itHasTheLastBytes() {
    check();
    for (int i = 0; i < 30_000; i++) {
      print(i + " ");
      if (i % 9_999 == 0) {
        check();
      }
    }
    print("y".repeat(SIZE + 17));
    check();
    print("z");
    check();
  }
}

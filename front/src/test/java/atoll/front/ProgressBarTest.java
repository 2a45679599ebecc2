package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private ProgressBar bar(boolean moving) {
    return new ProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), moving);
  }

  private String shown() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void onATerminalOneLineMoves() {
    ProgressBar bar = bar(true);
    bar.begin("kernel.deb", 4 << 20);
    bar.advance(2 << 20);
    bar.advance((2 << 20) + 1);
    bar.advance(4 << 20);
    bar.end();
    assertThat(shown().split("\r", -1))
        .containsExactly(
            "",
            "atoll: kernel.deb [........................]   0 % of 4.0 MiB",
            "atoll: kernel.deb [############............]  50 % of 4.0 MiB",
            "atoll: kernel.deb [########################] 100 % of 4.0 MiB"
                + System.lineSeparator());
  }

  @Test
  void elsewhereALineComesPerQuarter() {
    ProgressBar bar = bar(false);
    bar.begin("kernel.deb", 1000);
    for (int done = 0; done <= 1000; done += 10) {
      bar.advance(done);
    }
    bar.end();
    assertThat(shown().lines())
        .containsExactly(
            "atoll: kernel.deb (1 KiB)...",
            "atoll: kernel.deb: 25 %",
            "atoll: kernel.deb: 50 %",
            "atoll: kernel.deb: 75 %",
            "atoll: kernel.deb: 100 %");
  }

  @Test
  void aStepOfUnknownLengthIsNamed() {
    ProgressBar bar = bar(false);
    bar.begin("unpacking", 0);
    bar.advance(5);
    bar.end();
    assertThat(shown().lines()).containsExactly("atoll: unpacking...");
  }
}

package atoll.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The last lines of a console are plain text, whatever was printed. */
class ConsoleTailTest {
  private static List<String> lines(String printed) {
    return ConsoleTail.lines(printed.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void whatOnlyATerminalUnderstandsIsLeftOut() {
    assertThat(
            lines("\u001b[1;31mred\u001b[0m\r\n\u001b]0;title\u0007\u001b[6n# \u0001x\u009b\u001b"))
        .containsExactly("red", "# x");
    assertThat(lines("a\n\n  \nb")).containsExactly("a", "b");
  }

  @Test
  void thereAreNotManyLinesAndNoneIsLong() {
    List<String> lines = lines("x".repeat(5000) + "\n" + "line\n".repeat(500));
    assertThat(lines).hasSize(100).allMatch("line"::equals);
    assertThat(lines("x".repeat(5000)).getFirst()).hasSize(201);
  }
}

package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void wordsLineUpAtTheLeftAndNumbersAtTheRight() {
    TextTable table =
        new TextTable("name", ">size", "remark").row("a", "1024", "").row("longer", "7", "x");
    assertThat(table.under("Title"))
        .isEqualTo(
            """

            Title
              name    size  remark
              a       1024
              longer     7  x
            """);
  }

  @Test
  void aRowHasACellForEachColumn() {
    assertThatThrownBy(() -> new TextTable("one", "two").row("alone"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1 cells for 2 columns: [alone]");
  }
}

package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class FittingTableTest {
  private static FittingTable table() {
    FittingTable table = new FittingTable(1, List.of(4, 3, 3));
    table.row(List.of("NAME", "A", "B"));
    table.row(List.of("long name", "1", "12345"));
    return table;
  }

  @Test
  void wordsLineUpAtTheLeftAndNumbersAtTheRight() {
    assertThat(table().lines(80)).containsExactly("NAME        A     B", "long name   1 12345");
  }

  @Test
  void aColumnThatDoesNotFitIsLeftOutWhole() {
    assertThat(table().lines(18)).containsExactly("NAME        A", "long name   1");
    assertThat(table().lines(12)).containsExactly("NAME     ", "long name");
  }

  @Test
  void ofTheFirstColumnThereIsWhatFits() {
    assertThat(table().lines(6)).containsExactly("NAME  ", "long n");
  }

  @Test
  void aRowHasACellForEachColumn() {
    assertThatIllegalArgumentException().isThrownBy(() -> table().row(List.of("alone")));
  }
}

package atoll.front;

import java.util.ArrayList;
import java.util.List;

/**
 * A table that is cut to a terminal's width: columns from the first on, as many as fit as a whole.
 * A column is as wide as its widest cell.
 */
final class FittingTable {
  private final int words;
  private final List<Integer> least;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param words how many columns have words, which line up at the left; the others have numbers
   * @param least how wide each column is at least, in characters, so that it does not move all the
   *     time
   */
  FittingTable(int words, List<Integer> least) {
    this.words = words;
    this.least = List.copyOf(least);
  }

  /** Adds a row with a cell for each column. */
  void row(List<String> cells) {
    if (cells.size() != least.size()) {
      throw new IllegalArgumentException(
          "%d cells for %d columns: %s".formatted(cells.size(), least.size(), cells));
    }
    rows.add(List.copyOf(cells));
  }

  /** The rows, none of them longer than {@code width}; of the first column what fits. */
  List<String> lines(int width) {
    int count = 1;
    int taken = width(0);
    while (count < least.size() && taken + 1 + width(count) <= width) {
      taken += 1 + width(count++);
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      String line = line(row.subList(0, count));
      lines.add(line.substring(0, Math.min(line.length(), width)));
    }
    return lines;
  }

  private String line(List<String> cells) {
    List<String> padded = new ArrayList<>();
    for (int column = 0; column < cells.size(); column++) {
      String padding = " ".repeat(width(column) - cells.get(column).length());
      padded.add(column < words ? cells.get(column) + padding : padding + cells.get(column));
    }
    return String.join(" ", padded);
  }

  private int width(int column) {
    return rows.stream()
        .mapToInt(row -> row.get(column).length())
        .reduce(least.get(column), Math::max);
  }
}

package atoll.front;

import java.util.ArrayList;
import java.util.List;

/** Rows of words in columns that line up, for a person. */
final class TextTable {
  private static final String GAP = "  ";

  private final List<String> header;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param header a word for each column; one that begins with {@code >} is over numbers, which
   *     line up at the right
   */
  TextTable(String... header) {
    this.header = List.of(header);
  }

  /** Adds a row with a cell for each column. */
  TextTable row(List<String> cells) {
    if (cells.size() != header.size()) {
      throw new IllegalArgumentException(
          "%d cells for %d columns: %s".formatted(cells.size(), header.size(), cells));
    }
    rows.add(List.copyOf(cells));
    return this;
  }

  /** Adds a row with a cell for each column. */
  TextTable row(String... cells) {
    return row(List.of(cells));
  }

  /** An empty line, a title, and the table below it. */
  String under(String title) {
    return "\n" + title + "\n" + this;
  }

  /** Lines that are indented by two. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    append(text, header.stream().map(title -> title.replaceFirst("^>", "")).toList());
    rows.forEach(row -> append(text, row));
    return text.toString();
  }

  private void append(StringBuilder text, List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < cells.size(); column++) {
      String padding = " ".repeat(width(column) - cells.get(column).length());
      line.append(GAP);
      line.append(
          header.get(column).startsWith(">")
              ? padding + cells.get(column)
              : cells.get(column) + padding);
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }

  private int width(int column) {
    int title = header.get(column).replaceFirst("^>", "").length();
    return rows.stream().mapToInt(row -> row.get(column).length()).reduce(title, Math::max);
  }
}

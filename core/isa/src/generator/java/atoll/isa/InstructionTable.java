package atoll.isa;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The lines of {@code rv64.insn} that the machine has; the file's head says what a line means. */
final class InstructionTable {
  /**
   * One line.
   *
   * @param name the mnemonic
   * @param pattern as in the file, single-spaced
   * @param kind the class's word in the file, empty where innocuous
   */
  record Row(
      String name,
      String pattern,
      Encoding encoding,
      Format format,
      String extension,
      Set<String> flags,
      String kind,
      TrapRule rule,
      String reason) {
    /** The name of the constant in {@code Op}. */
    String constant() {
      return name.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    boolean refines() {
      return flags.contains("refines");
    }
  }

  private static final Set<String> FLAGS =
      Set.of("branch", "jump", "load", "store", "amo", "fp", "end", "refines");
  private static final Set<String> KINDS = Set.of("privileged", "control", "behaviour");

  private final Set<String> machine = new HashSet<>();
  private final List<Row> rows = new ArrayList<>();

  private InstructionTable() {}

  /**
   * Reads a table.
   *
   * @throws IllegalArgumentException on a malformed line, naming it
   */
  static InstructionTable read(Path file) throws IOException {
    InstructionTable table = new InstructionTable();
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      try {
        table.line(lines.get(i));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(file + ":" + (i + 1) + ": " + e.getMessage(), e);
      }
    }
    return table;
  }

  /** The machine's instructions, in the order of the file. */
  List<Row> machineRows() {
    return rows.stream().filter(r -> machine.contains(r.extension())).toList();
  }

  /** Every line's instruction, whether or not the machine has it. */
  List<Row> allRows() {
    return List.copyOf(rows);
  }

  private void line(String line) {
    if (line.isBlank() || line.startsWith("#")) {
      return;
    }
    String[] words = line.split("\\s+", -1);
    if (words[0].equals("machine")) {
      machine.addAll(List.of(words).subList(1, words.length));
    } else {
      rows.add(row(line));
    }
  }

  private static Row row(String line) {
    String[] columns = line.split("\\|(?![^\\[]*\\])", 5);
    if (columns.length < 3) {
      throw new IllegalArgumentException("expected: name pattern | format | extension …: " + line);
    }
    String[] head = columns[0].strip().split("\\s+", 2);
    String pattern = head[1].replaceAll("\\s+", " ");
    String kind = column(columns, 4);
    String[] parts = kind.isEmpty() ? new String[] {"", "NEVER:", ""} : kind.split(" ", 3);
    return new Row(
        head[0],
        pattern,
        Encoding.parse(pattern),
        Format.valueOf(column(columns, 1)),
        column(columns, 2),
        checked(Set.of(column(columns, 3).split("\\s+", -1)), FLAGS),
        kind.isEmpty() ? "" : checked(Set.of(parts[0]), KINDS).iterator().next(),
        TrapRule.valueOf(parts[1].replace(":", "")),
        parts[2]);
  }

  private static String column(String[] columns, int index) {
    return index < columns.length ? columns[index].strip() : "";
  }

  private static Set<String> checked(Set<String> words, Set<String> known) {
    for (String word : words) {
      if (!word.isEmpty() && !known.contains(word)) {
        throw new IllegalArgumentException("unknown word " + word + "; known " + known);
      }
    }
    return words;
  }
}

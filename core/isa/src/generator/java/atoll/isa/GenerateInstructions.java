package atoll.isa;

import atoll.isa.InstructionTable.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Turns {@code rv64.insn} into the checked-in sources below {@code src/main/generated}. */
final class GenerateInstructions {
  private static final int ROWS_PER_METHOD = 64;

  private GenerateInstructions() {}

  /** How a file generated from {@code table} starts. */
  static String head(String table) {
    return """
    // Generated from src/main/insn/%s by core/isa/generate: change that file, not this one.
    package atoll.isa;

    """
        .formatted(table);
  }

  /** Writes the files; the argument is the directory of the module. */
  public static void main(String[] arguments) throws IOException {
    Path module = Path.of(arguments.length == 0 ? "." : arguments[0]);
    Path folder = module.resolve("src/main/generated/java/atoll/isa");
    Files.createDirectories(folder);
    for (Map.Entry<String, String> file : files(module).entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue());
    }
  }

  /** The generated sources by file name. */
  static Map<String, String> files(Path module) throws IOException {
    List<Row> rows = InstructionTable.read(module.resolve("src/main/insn/rv64.insn")).machineRows();
    Map<String, String> files = new LinkedHashMap<>();
    files.put("Op.java", op(rows));
    files.put("Match.java", match(rows));
    files.put("DecodeTree.java", DecodeTreeWriter.write(rows));
    files.put("InstructionRows.java", instructionRows(rows));
    files.put("CsrNumber.java", CsrNumberWriter.write(module.resolve("src/main/insn/csr.table")));
    return files;
  }

  private static String op(List<Row> rows) {
    StringBuilder out = new StringBuilder(head("rv64.insn"));
    out.append("/** Operations: one number per instruction, dense, 0 for none. */\n")
        .append("public final class Op {\n")
        .append("  /** No instruction. */\n  public static final int ILLEGAL = 0;\n\n");
    int number = 0;
    for (Row row : rows) {
      out.append("  public static final int %s = %d;\n".formatted(row.constant(), ++number));
    }
    out.append("\n  /** One more than the highest operation. */\n")
        .append("  public static final int COUNT = %d;\n".formatted(number + 1))
        .append("\n  /** By operation, where the immediate lies: {@link Format#immediate}. */\n")
        .append("  static final String IMMEDIATES =\n      \"-")
        .append(
            rows.stream()
                .map(r -> "" + r.format().immediate())
                .collect(Collectors.joining())
                .replaceAll("(.{64})", "$1\"\n          + \""))
        .append("\";\n");
    return out.append("\n  private Op() {}\n}\n").toString();
  }

  private static String match(List<Row> rows) {
    StringBuilder out = new StringBuilder(head("rv64.insn"));
    out.append("/** The fixed bits of each instruction, its fields being zero. */\n")
        .append("public final class Match {\n");
    for (Row row : rows) {
      out.append(
          "  public static final int %s = 0x%08x;\n"
              .formatted(row.constant(), row.encoding().match()));
    }
    return out.append("\n  private Match() {}\n}\n").toString();
  }

  private static String instructionRows(List<Row> rows) {
    StringBuilder out = new StringBuilder(head("rv64.insn"));
    out.append("/** The table's rows by operation. */\n")
        .append("final class InstructionRows {\n  private InstructionRows() {}\n\n")
        .append("  static void fill(Instruction[] rows) {\n");
    for (int i = 0; i < rows.size(); i += ROWS_PER_METHOD) {
      out.append("    fill%d(rows);\n".formatted(i));
    }
    out.append("  }\n");
    for (int i = 0; i < rows.size(); i += ROWS_PER_METHOD) {
      out.append("\n  private static void fill%d(Instruction[] rows) {\n".formatted(i));
      rows.subList(i, Math.min(i + ROWS_PER_METHOD, rows.size()))
          .forEach(r -> out.append(instructionRow(r)));
      out.append("  }\n");
    }
    return out.append("}\n").toString();
  }

  private static String instructionRow(Row row) {
    String start =
        "    rows[Op.%1$s] = Instruction.row(Op.%1$s, \"%2$s\", Format.%3$s, \"%4$s\", \"%5$s\", %6$s"
            .formatted(
                row.constant(),
                row.name(),
                row.format(),
                row.extension(),
                row.pattern(),
                flags(row));
    if (row.kind().isEmpty()) {
      return start + ");\n";
    }
    return start
        + ", InstructionClass.%s, TrapRule.%s, \"%s\");\n"
            .formatted(kind(row.kind()), row.rule(), row.reason());
  }

  private static String flags(Row row) {
    String flags =
        row.flags().stream()
            .filter(f -> !f.isEmpty())
            .sorted()
            .map(f -> "Instruction." + f.toUpperCase(Locale.ROOT))
            .collect(Collectors.joining(" | "));
    return flags.isEmpty() ? "0" : flags;
  }

  private static String kind(String word) {
    return switch (word) {
      case "privileged" -> "PRIVILEGED";
      case "control" -> "CONTROL_SENSITIVE";
      default -> "BEHAVIOUR_SENSITIVE";
    };
  }
}

package atoll.isa;

import atoll.isa.InstructionTable.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes the decoder: a switch on the opcode, one method each, and inside it switches on the widest
 * runs of bits that all candidates fix, until one is left whose remaining fixed bits are compared.
 */
final class DecodeTreeWriter {
  private static final int OPCODE = 0x7f;

  /** A run of bits to switch on. */
  private record Run(int low, int width) {
    int mask() {
      return (int) ((1L << width) - 1) << low;
    }

    int of(int word) {
      return (word & mask()) >>> low;
    }

    String expression() {
      return low + width == 32
          ? "word >>> " + low
          : "word >>> " + low + " & 0x" + Integer.toHexString((1 << width) - 1);
    }

    String label(int value) {
      String digits = Integer.toBinaryString(value);
      return "0b" + "0".repeat(width - digits.length()) + digits;
    }
  }

  private static final Run FUNCT3 = new Run(12, 3);

  private final StringBuilder out = new StringBuilder();

  private DecodeTreeWriter() {}

  static String write(List<Row> rows) {
    return new DecodeTreeWriter().tree(rows);
  }

  private String tree(List<Row> rows) {
    Map<Integer, List<Row>> opcodes = group(rows, new Run(0, 7));
    out.append(GenerateInstructions.head("rv64.insn"))
        .append("/** Finds the operation of a 32-bit instruction. */\n")
        .append("final class DecodeTree {\n")
        .append("  private DecodeTree() {}\n\n")
        .append("  static int op(int word) {\n")
        .append("    return switch (word & 0x7f) {\n");
    opcodes.keySet().forEach(this::call);
    out.append("      default -> Op.ILLEGAL;\n    };\n  }\n");
    opcodes.forEach(this::method);
    return out.append("}\n").toString();
  }

  private void call(int opcode) {
    String bits = new Run(0, 7).label(opcode);
    out.append("      case %s -> opcode%s(word);\n".formatted(bits, bits.substring(2)));
  }

  private void method(int opcode, List<Row> rows) {
    String bits = new Run(0, 7).label(opcode).substring(2);
    out.append("\n  private static int opcode%s(int word) {\n    return ".formatted(bits));
    node(rows, OPCODE, "    ");
    out.append(";\n  }\n");
  }

  /** One expression that tells {@code rows} apart, the bits of {@code known} being decided. */
  private void node(List<Row> rows, int known, String indent) {
    int common = rows.stream().mapToInt(r -> r.encoding().mask()).reduce(-1, (a, b) -> a & b);
    Run run = best(rows, common & ~known);
    if (run == null) {
      leaves(rows, known);
      return;
    }
    out.append("switch (").append(run.expression()).append(") {\n");
    group(rows, run).forEach((value, members) -> branch(run, value, members, known, indent));
    out.append(indent).append("  default -> Op.ILLEGAL;\n").append(indent).append("}");
  }

  private void branch(Run run, int value, List<Row> rows, int known, String indent) {
    out.append(indent).append("  case ").append(run.label(value)).append(" -> ");
    node(rows, known | run.mask(), indent + "  ");
    out.append(";\n");
  }

  /** The candidates that no bits of all of them tell apart: the one with most fixed bits wins. */
  private void leaves(List<Row> rows, int known) {
    List<Row> order = new ArrayList<>(rows);
    order.sort(Comparator.comparingInt(r -> -Integer.bitCount(r.encoding().mask())));
    boolean certain = false;
    for (Row row : order) {
      if (certain) {
        throw new IllegalArgumentException(row.name() + " can never be decoded");
      }
      int rest = row.encoding().mask() & ~known;
      certain = rest == 0;
      if (!certain) {
        int match = row.encoding().match() & rest;
        out.append("(word & 0x%x) == 0x%x ? ".formatted(rest, match));
      }
      out.append("Op.").append(row.constant()).append(certain ? "" : " : ");
    }
    out.append(certain ? "" : "Op.ILLEGAL");
  }

  /** funct3 where it tells rows apart, otherwise the widest run that does; null where none does. */
  private static Run best(List<Row> rows, int common) {
    if ((common & FUNCT3.mask()) == FUNCT3.mask() && group(rows, FUNCT3).size() > 1) {
      return FUNCT3;
    }
    return runs(common).stream()
        .filter(run -> group(rows, run).size() > 1)
        .max(Comparator.comparingInt(Run::width))
        .orElse(null);
  }

  private static List<Run> runs(int bits) {
    List<Run> runs = new ArrayList<>();
    int at = 0;
    while (at < 32) {
      int width = Integer.numberOfTrailingZeros(~(bits >>> at));
      if (width > 0) {
        runs.add(new Run(at, Math.min(width, 32 - at)));
      }
      at += width + 1;
    }
    return runs;
  }

  private static Map<Integer, List<Row>> group(List<Row> rows, Run run) {
    Map<Integer, List<Row>> groups = new TreeMap<>();
    for (Row row : rows) {
      groups.computeIfAbsent(run.of(row.encoding().match()), k -> new ArrayList<>()).add(row);
    }
    return groups;
  }
}

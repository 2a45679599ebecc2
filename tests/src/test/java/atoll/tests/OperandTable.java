package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.testkit.MachineFixture;
import java.util.ArrayList;
import java.util.List;

/**
 * Has a guest execute one instruction on many operands in a loop, so that engines which translate
 * code execute what they have translated, and not the code that they leave single steps to.
 *
 * <p>A row has four words: three operands and the result. The body of the loop finds its row at
 * {@code t0} and may use every register but {@code t1}.
 */
final class OperandTable {
  /** Bytes of a row, and where in it its result is, and what else the body notes. */
  static final int ROW = 40;

  static final int RESULT = 24;
  static final int NOTE = 32;

  private static final int MOST = 25_000;

  private final MachineFixture m;
  private final List<long[]> rows = new ArrayList<>();

  OperandTable(MachineFixture machine) {
    m = machine;
  }

  /** Adds a row. */
  void add(long a, long b, long c) {
    rows.add(new long[] {a, b, c, 0, 0});
  }

  /** The rows that {@link #run} has executed: operands, result and note. */
  List<long[]> rows() {
    return rows;
  }

  /** Executes the body on each row. */
  void run(String body) {
    for (int from = 0; from < rows.size(); from += MOST) {
      execute(body, rows.subList(from, Math.min(rows.size(), from + MOST)));
    }
  }

  private void execute(String body, List<long[]> some) {
    long at = MachineFixture.DATA;
    for (long[] row : some) {
      for (int i = 0; i < row.length; i++) {
        m.memory().putLong(at + 8L * i, row[i]);
      }
      at += ROW;
    }
    m.code(
        "li t0, %d\nli t1, %d\n1:\n%s\naddi t0, t0, %d\naddi t1, t1, -1\nbnez t1, 1b\nebreak"
            .formatted(MachineFixture.DATA, some.size(), body, ROW));
    assertThat(m.runHot().cause()).as(body).isEqualTo(Cause.BREAKPOINT);
    at = MachineFixture.DATA;
    for (long[] row : some) {
      row[3] = m.memory().getLong(at + RESULT);
      row[4] = m.memory().getLong(at + NOTE);
      at += ROW;
    }
  }
}

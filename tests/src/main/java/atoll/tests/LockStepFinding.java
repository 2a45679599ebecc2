package atoll.tests;

import atoll.isa.Disassembler;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A run on which two engines differ, cut down: the first burst after which they do, and the least
 * budget for it.
 */
final class LockStepFinding {
  private static final int LINES = 60;

  private final LockStepPair pair;
  private final long seed;
  private final int burst;
  private final long whole;
  private final long least;
  private final List<String> differences;

  private LockStepFinding(
      LockStepPair pair, long seed, int burst, long whole, long least, List<String> differences) {
    this.pair = pair;
    this.seed = seed;
    this.burst = burst;
    this.whole = whole;
    this.least = least;
    this.differences = differences;
  }

  /**
   * Runs a program again, comparing memory after each burst.
   *
   * @param bursts after how many it differed, memory not always compared
   * @return what was found; where the difference does not come again, it says so
   */
  static LockStepFinding of(LockStepPair pair, long seed, int bursts) {
    int burst = 0;
    long whole = 0;
    try (LockStepRun run = new LockStepRun(pair, seed)) {
      boolean same = true;
      while (same && burst < bursts) {
        run.begin();
        whole = run.budget();
        run.run(whole);
        burst = run.bursts();
        same = run.agree();
      }
      if (same) {
        return new LockStepFinding(pair, seed, burst, whole, whole, List.of());
      }
    }
    long differing = whole;
    for (long agreeing = 0; differing - agreeing > 1; ) {
      long middle = (agreeing + differing) / 2;
      if (differences(pair, seed, burst, middle).isEmpty()) {
        agreeing = middle;
      } else {
        differing = middle;
      }
    }
    return new LockStepFinding(
        pair, seed, burst, whole, differing, differences(pair, seed, burst, differing));
  }

  /** What differs if the given burst is the last and has the given budget. */
  private static List<String> differences(LockStepPair pair, long seed, int burst, long budget) {
    try (LockStepRun run = new LockStepRun(pair, seed)) {
      goTo(run, burst);
      run.run(budget);
      return run.agree() ? List.of() : run.differences();
    }
  }

  private static void goTo(LockStepRun run, int burst) {
    while (run.bursts() < burst - 1) {
      run.step();
    }
    run.begin();
    run.budget();
  }

  /** One line. */
  String summary() {
    String what =
        differences.isEmpty() ? "not seen when repeated" : String.join("; ", first(differences));
    return "program 0x%016x, burst %d, %d of its %d instructions: %s"
        .formatted(seed, burst, least, whole, what);
  }

  private static List<String> first(List<String> all) {
    return all.subList(0, Math.min(3, all.size()));
  }

  /** Everything: how to run it again, what differs, and how the oracle came there. */
  String text() {
    return summary()
        + "\n\nagain: LockStep --oracle %s --engine %s --forgetful %s --program 0x%016x\n\n"
            .formatted(pair.oracle().name(), pair.engine().name(), pair.forgetful(), seed)
        + "%s, and what %s has there:\n".formatted(pair.oracle().name(), pair.engine().name())
        + String.join("\n", differences)
        + "\n\nthe oracle's last instructions:\n"
        + String.join("\n", path())
        + "\n";
  }

  /** The oracle's last instructions before the difference, with what each wrote. */
  private Deque<String> path() {
    Deque<String> lines = new ArrayDeque<>();
    try (LockStepRun run =
        new LockStepRun(new LockStepPair(pair.oracle(), pair.oracle(), pair.forgetful()), seed)) {
      while (run.bursts() < burst - 3 && run.step()) {}
      run.trace((hart, pc, bits, before, floatBefore) -> {
        StringBuilder line = new StringBuilder();
        line.append(
            "%d %016x  %-36s".formatted(run.bursts(), pc, Disassembler.disassemble(pc, bits)));
        for (int r = 0; r < 32; r++) {
          if (hart.x(r) != before[r]) {
            line.append(" x%d=%x".formatted(r, hart.x(r)));
          }
          if (hart.f(r) != floatBefore[r]) {
            line.append(" f%d=%x".formatted(r, hart.f(r)));
          }
        }
        lines.add(line.toString());
        if (lines.size() > LINES) {
          lines.remove();
        }
      });
      goTo(run, burst);
      run.run(least);
    }
    return lines;
  }
}

package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.engine.Advance;
import atoll.engine.Engine;
import atoll.engine.StopPoints;
import atoll.engine.software.Interpreter;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random programs with random stop points, steps and ranges: at each stop the engine and the
 * interpreter have the same state and the same reason.
 */
class StopAgreementTest {
  private static final long SEED = 20261130;
  private static final int PROGRAMS = 6;
  private static final int ROUNDS = 400;
  private static final int WARM = 60_000;

  private final List<Long> visited = new ArrayList<>();
  private int breaks;

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void enginesStopAtTheSamePlaces(Engine engine) {
    for (int program = 0; program < PROGRAMS; program++) {
      try (LockStepMachine one = new LockStepMachine(new Interpreter());
          LockStepMachine other = new LockStepMachine(engine)) {
        HotProgram.load(SEED + program, one, other);
        compare(one, other, new SplittableRandom(SEED + program));
      }
    }
    assertThat(breaks).isGreaterThan(PROGRAMS * ROUNDS / 2);
  }

  private void compare(LockStepMachine one, LockStepMachine other, SplittableRandom random) {
    run(one, other, WARM, "before any stop");
    visit(one, other, random);
    for (int round = 0; round < ROUNDS; round++) {
      if (round % 8 == 0) {
        visit(one, other, random);
        StopPoints points = points(random);
        one.stopPoints(points);
        other.stopPoints(points);
      }
      Advance how = how(one.hart().pc(), random);
      boolean past = random.nextInt(4) != 0;
      one.hart().advance(how, past);
      other.hart().advance(how, past);
      runToStop(one, other, random, "round " + round + ", " + how);
    }
  }

  /** Where the program is, so that stop points are met. */
  private void visit(LockStepMachine one, LockStepMachine other, SplittableRandom random) {
    visited.clear();
    one.stopPoints(StopPoints.NONE);
    other.stopPoints(StopPoints.NONE);
    one.hart().advance(new Advance.Freely(), false);
    other.hart().advance(new Advance.Freely(), false);
    for (int i = 0; i < 40; i++) {
      run(one, other, 1 + random.nextInt(200), "on the way");
      visited.add(one.hart().pc());
      visited.add(one.hart().x(5 + random.nextInt(27)));
    }
  }

  private StopPoints points(SplittableRandom random) {
    List<StopPoints.Breakpoint> breakpoints = new ArrayList<>();
    List<StopPoints.Watchpoint> watchpoints = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      breakpoints.add(new StopPoints.Breakpoint(any(random) & -2, OptionalLong.empty()));
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      boolean loads = random.nextBoolean();
      watchpoints.add(
          new StopPoints.Watchpoint(
              any(random), 1L << random.nextInt(7), loads, !loads || random.nextBoolean()));
    }
    return new StopPoints(breakpoints, watchpoints);
  }

  private long any(SplittableRandom random) {
    return visited.get(random.nextInt(visited.size()));
  }

  private static Advance how(long pc, SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> new Advance.Step(0, 0, random.nextBoolean());
      case 1 -> new Advance.Step(pc - 16, pc + 32, random.nextBoolean());
      default -> new Advance.Freely();
    };
  }

  private void runToStop(
      LockStepMachine one, LockStepMachine other, SplittableRandom random, String where) {
    for (int i = 0; i < 40; i++) {
      run(one, other, 1 + random.nextInt(3000), where);
      if (one.reason() == Exit.BREAK) {
        breaks++;
        assertThat(other.hart().stopCause()).as(where).isEqualTo(one.hart().stopCause());
        return;
      }
    }
  }

  private static void run(LockStepMachine one, LockStepMachine other, long budget, String where) {
    one.run(budget);
    other.run(budget);
    if (!one.agrees(other)) {
      throw new AssertionError(where + ": " + one.differences(other));
    }
  }
}

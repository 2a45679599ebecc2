package atoll.tests;

import atoll.cpu.Exit;
import atoll.engine.Advance;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.StopCause;
import atoll.engine.StopPoints;
import atoll.engine.software.Interpreter;
import atoll.isa.Disassembler;
import atoll.isa.Register;
import atoll.testkit.Engines;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Random programs with random stop points, steps and ranges, on an engine and on the interpreter
 * side by side: at each stop both have the same state, memory and reason.
 *
 * <pre>StopLockStep [--engine NAME] [--seed S] [--programs N]</pre>
 */
public final class StopLockStep {
  private static final int ROUNDS = 400;
  private static final int WARM = 60_000;

  /** Stops between two comparisons of memory. */
  private static final int MEMORY_INTERVAL = 8;

  private static final Pattern PLACE = Pattern.compile("^(\\S+) .*?(-?\\d*)\\((\\w+)\\)");

  private final Engine engine;
  private final List<Long> visited = new ArrayList<>();
  private final List<Long> accessed = new ArrayList<>();
  private final Map<String, Integer> met = new TreeMap<>();
  private int stops;

  public StopLockStep(Engine engine) {
    this.engine = engine;
  }

  public static void main(String[] args) {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    String name = options.getOrDefault("--engine", "translator");
    StopLockStep run = new StopLockStep(Engines.shipped(name));
    long seed = Long.decode(options.getOrDefault("--seed", "1"));
    int programs = Integer.parseInt(options.getOrDefault("--programs", "1000"));
    for (int program = 0; program < programs; program++) {
      run.program(seed + program);
      if ((program + 1) % 100 == 0 || program + 1 == programs) {
        System.out.printf("%,d programs, %,d stops, 0 differ%n", program + 1, run.stops);
      }
    }
    System.out.println(run.met);
  }

  /** How often a debugger was told of a stop. */
  public int stops() {
    return stops;
  }

  /** The instructions that watchpoints have stopped before, and how often. */
  public Map<String, Integer> met() {
    return met;
  }

  /**
   * Runs the program of a seed.
   *
   * @throws AssertionError if both differ
   */
  public void program(long seed) {
    try (LockStepMachine one = new LockStepMachine(new Interpreter());
        LockStepMachine other = new LockStepMachine(engine)) {
      HotProgram.load(seed, one, other);
      compare(one, other, new SplittableRandom(seed), "program 0x%x, ".formatted(seed));
    }
  }

  private void compare(
      LockStepMachine one, LockStepMachine other, SplittableRandom random, String where) {
    run(one, other, WARM, where + "before any stop");
    visit(one, other, random, where);
    for (int round = 0; round < ROUNDS; round++) {
      if (round % 8 == 0) {
        visit(one, other, random, where);
        StopPoints points = points(random);
        one.stopPoints(points);
        other.stopPoints(points);
      }
      Advance how = how(one.hart().pc(), random);
      boolean past = random.nextInt(4) != 0;
      one.hart().advance(how, past);
      other.hart().advance(how, past);
      runToStop(one, other, random, "%sround %d, %s".formatted(where, round, how));
    }
  }

  /** Where the program is and what it accesses, so that stop points are met. */
  private void visit(
      LockStepMachine one, LockStepMachine other, SplittableRandom random, String where) {
    visited.clear();
    accessed.clear();
    one.stopPoints(StopPoints.NONE);
    other.stopPoints(StopPoints.NONE);
    one.hart().advance(new Advance.Freely(), false);
    other.hart().advance(new Advance.Freely(), false);
    one.hart().trace((hart, pc, bits, before, floats) -> note(pc, bits, before));
    for (int i = 0; i < 40; i++) {
      run(one, other, 1 + random.nextInt(200), where + "on the way");
      visited.add(one.hart().pc());
    }
    one.hart().trace(null);
    if (accessed.isEmpty()) {
      accessed.addAll(visited);
    }
  }

  private void note(long pc, int bits, long[] before) {
    Matcher place = PLACE.matcher(Disassembler.disassemble(pc, bits));
    if (place.find()) {
      int base = register(place.group(3));
      long offset = place.group(2).isEmpty() ? 0 : Long.parseLong(place.group(2));
      if (base >= 0) {
        accessed.add(before[base] + offset);
      }
    }
  }

  private static int register(String name) {
    for (int i = 0; i < 32; i++) {
      if (Register.integer(i).equals(name)) {
        return i;
      }
    }
    return -1;
  }

  private StopPoints points(SplittableRandom random) {
    List<StopPoints.Breakpoint> breakpoints = new ArrayList<>();
    List<StopPoints.Watchpoint> watchpoints = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      breakpoints.add(new StopPoints.Breakpoint(any(visited, random) & -2, OptionalLong.empty()));
    }
    for (int i = random.nextInt(5); i > 0; i--) {
      boolean loads = random.nextBoolean();
      boolean few = random.nextInt(4) != 0;
      watchpoints.add(
          new StopPoints.Watchpoint(
              any(accessed, random) + random.nextInt(-8, 9),
              few ? 1 + random.nextInt(8) : 1L << random.nextInt(13),
              loads,
              !loads || random.nextBoolean()));
    }
    return new StopPoints(breakpoints, watchpoints);
  }

  private static long any(List<Long> addresses, SplittableRandom random) {
    return addresses.get(random.nextInt(addresses.size()));
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
        stopped(one, other, where);
        return;
      }
    }
  }

  private void stopped(LockStepMachine one, LockStepMachine other, String where) {
    stops++;
    StopCause cause = one.hart().stopCause();
    require(cause.equals(other.hart().stopCause()), where, "another reason");
    if (stops % MEMORY_INTERVAL == 0) {
      require(one.firstDifferenceInMemory(other) < 0, where, "other memory");
    }
    if (cause instanceof StopCause.Watchpoint) {
      met.merge(instruction(one), 1, Integer::sum);
    }
  }

  private static void require(boolean same, String where, String otherwise) {
    if (!same) {
      throw new AssertionError(where + ": " + otherwise);
    }
  }

  /**
   * The name of the instruction that comes next, behind {@code c.} if it is a short one; empty if
   * its bytes are not to be had.
   */
  private static String instruction(LockStepMachine machine) {
    Hart hart = machine.hart();
    OptionalLong at = hart.translate(hart.pc()).physical();
    boolean there = at.isPresent() && machine.memory().loadHva(at.getAsLong()) != 0;
    boolean whole = there && (at.getAsLong() & 4095) <= 4092;
    if (!whole) {
      return "";
    }
    int bits = machine.memory().getInt(at.getAsLong());
    boolean compressed = (bits & 3) != 3;
    String text = Disassembler.disassemble(hart.pc(), compressed ? bits & 0xffff : bits);
    return (compressed ? "c." : "") + text.split(" ", 2)[0];
  }

  private static void run(LockStepMachine one, LockStepMachine other, long budget, String where) {
    one.run(budget);
    other.run(budget);
    if (!one.agrees(other)) {
      throw new AssertionError(where + ": " + one.differences(other));
    }
  }
}

package atoll.tests;

import atoll.codestore.CodeLibrary;
import atoll.engine.Engine;
import atoll.testkit.Engines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The lock-step fuzzer: random programs that become hot, on two engines side by side, the whole
 * state compared after bursts of random length, interrupts and other disturbances in between. What
 * differs is cut down to one instruction where that is possible, and saved as a report.
 *
 * <pre>
 * LockStep [--oracle NAME] [--engine NAME] [--seed S] [--instructions N] [--reports DIRECTORY] [--forgetful true]
 *          [--kept none|cold|warm|corrupted]     what the translator finds of its code of earlier runs
 *          [--regions here|elsewhere]            elsewhere: made on another thread, while the program goes on
 * LockStep [--oracle NAME] [--engine NAME] --program S     one program</pre>
 */
public final class LockStep {
  /** Of one program: its units come round several times. */
  private static final long PROGRAM_INSTRUCTIONS = 3_000_000;

  private static final long PROGRAM_BUDGET = 2 * PROGRAM_INSTRUCTIONS;

  /** Of one program: those with the shortest bursts would spend their time in comparisons. */
  private static final int PROGRAM_BURSTS = 20_000;

  private static final int FINDINGS = 20;
  private static final int PROGRAMS_A_LINE = 20;

  private final LockStepPair pair;
  private final KeptCode.State kept;
  private final Path reports;
  private final Consumer<String> log;
  private long instructions;
  private long bursts;
  private int programs;
  private int findings;

  /**
   * A fuzzer that has run nothing.
   *
   * @param kept what the engine, the translator, finds of its code of earlier runs, if anything
   * @param reports the directory for what differs
   * @param log is told what happens, line by line
   */
  LockStep(LockStepPair pair, KeptCode.State kept, Path reports, Consumer<String> log) {
    this.pair = pair;
    this.kept = kept;
    this.reports = reports;
    this.log = log;
  }

  public static void main(String[] args) throws IOException {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    LockStep fuzzer =
        new LockStep(
            new LockStepPair(
                Engines.named(options.getOrDefault("--oracle", "interpreter")),
                engine(options),
                Boolean.parseBoolean(options.getOrDefault("--forgetful", "false"))),
            KeptCode.State.valueOf(options.getOrDefault("--kept", "none").toUpperCase(Locale.ROOT)),
            Path.of(options.getOrDefault("--reports", "target/lockstep")),
            System.out::println);
    if (options.containsKey("--program")) {
      fuzzer.program(Long.parseUnsignedLong(options.get("--program").replace("0x", ""), 16));
    } else {
      fuzzer.run(
          Long.decode(options.getOrDefault("--seed", "1")),
          Long.parseLong(options.getOrDefault("--instructions", "1000000000")));
    }
    System.exit(fuzzer.findings == 0 ? 0 : 1);
  }

  private static Engine engine(Map<String, String> options) {
    String name = options.getOrDefault("--engine", "interpreter");
    boolean elsewhere = options.getOrDefault("--regions", "here").equals("elsewhere");
    return elsewhere ? Engines.besides(name) : Engines.named(name);
  }

  /** How many programs ended differently. */
  public int findings() {
    return findings;
  }

  /** Instructions that the engine has executed. */
  public long instructions() {
    return instructions;
  }

  /** Runs programs until {@code wanted} instructions of them have been executed. */
  public void run(long seed, long wanted) throws IOException {
    SplittableRandom seeds = new SplittableRandom(seed);
    while (instructions < wanted && findings < FINDINGS) {
      program(seeds.nextLong());
      if (programs % PROGRAMS_A_LINE == 0 || instructions >= wanted) {
        log.accept(
            "%,d instructions in %,d bursts of %,d programs, %d differ"
                .formatted(instructions, bursts, programs, findings));
      }
    }
  }

  private void program(long seed) throws IOException {
    programs++;
    if (kept == KeptCode.State.NONE) {
      program(pair, seed);
      return;
    }
    SplittableRandom damage = new SplittableRandom(seed);
    try (KeptCode code = new KeptCode()) {
      for (int round = kept == KeptCode.State.COLD ? 1 : 0; round < 2; round++) {
        if (round > 0 && kept == KeptCode.State.CORRUPTED) {
          code.damage(damage);
        }
        try (CodeLibrary library = code.open()) {
          program(
              new LockStepPair(pair.oracle(), Engines.keeping(library), pair.forgetful()), seed);
        }
      }
    }
  }

  private void program(LockStepPair pair, long seed) throws IOException {
    int differsAfter = 0;
    try (LockStepRun run = new LockStepRun(pair, seed)) {
      while (differsAfter == 0
          && run.bursts() < PROGRAM_BURSTS
          && run.instructions() < PROGRAM_INSTRUCTIONS
          && run.spent() < PROGRAM_BUDGET) {
        if (!run.step()) {
          differsAfter = run.bursts();
        }
      }
      if (differsAfter == 0 && !run.agree()) {
        differsAfter = run.bursts();
      }
      instructions += run.instructions();
      bursts += run.bursts();
    }
    if (differsAfter > 0) {
      findings++;
      report(LockStepFinding.of(pair, seed, differsAfter), seed);
    }
  }

  private void report(LockStepFinding finding, long seed) throws IOException {
    Files.createDirectories(reports);
    Path file = reports.resolve("program-%016x.txt".formatted(seed));
    Files.writeString(file, finding.text());
    log.accept(finding.summary() + "; see " + file);
  }
}

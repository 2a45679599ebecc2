package atoll.tests;

import atoll.engine.Engine;
import atoll.engine.software.Interpreter;
import atoll.testkit.BareBoard;
import atoll.testkit.Engines;
import atoll.testkit.Qemu;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The differential fuzzer: random instruction streams on an engine and on something else, state and
 * memory compared after each block; what differs is cut down to one instruction and saved as a
 * report.
 *
 * <pre>
 * Differential [--against qemu|steps] [--seed S] [--instructions N] [--engine NAME] [--reports DIRECTORY]
 *              [--repetitions R]     of each block, each with other values in memory and registers; otherwise 3
 * Differential [--against ...] --block S     one block, with the whole state</pre>
 */
public final class Differential {
  private static final int BLOCKS = 2000;
  private static final int REPETITIONS = 3;
  private static final int MEMORY_MIB = 256;
  private static final int REPORTS = 20;
  private static final long LIMIT = 20_000_000_000L;
  private static final long SLICE = 1 << 20;
  private static final Duration TIME_LIMIT = Duration.ofMinutes(10);

  /** Runs an image and returns what it prints. */
  @FunctionalInterface
  private interface Machine {
    List<String> run(byte[] image) throws IOException;
  }

  private final Engine engine;
  private final Machine other;
  private final Encodings encodings;
  private final Path reports;
  private final Consumer<String> log;
  private int repetitions = REPETITIONS;
  private long instructions;
  private long blocks;
  private int differences;
  private final Map<String, Integer> byProfile = new TreeMap<>();

  private Differential(
      Engine engine, Machine other, Encodings encodings, Path reports, Consumer<String> log) {
    this.engine = engine;
    this.other = other;
    this.encodings = encodings;
    this.reports = reports;
    this.log = log;
  }

  /**
   * An engine beside QEMU, with the instructions that both have.
   *
   * @param reports the directory for what differs
   * @param log is told what happens, line by line
   */
  public static Differential withQemu(Engine engine, Path reports, Consumer<String> log) {
    return new Differential(engine, i -> onQemu(i, reports), Encodings.COMMON, reports, log);
  }

  /**
   * An engine beside the interpreter that is entered again for every instruction, with all
   * instructions: whatever an engine keeps from one to the next, it keeps rightly.
   */
  public static Differential withSteps(Engine engine, Path reports, Consumer<String> log) {
    return new Differential(
        engine, i -> here(new Interpreter(), 1, i), Encodings.ALL, reports, log);
  }

  public static void main(String[] args) throws IOException {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    Engine engine = Engines.named(options.getOrDefault("--engine", "interpreter"));
    Path reports = Path.of(options.getOrDefault("--reports", "target/differential"));
    boolean steps = options.getOrDefault("--against", "qemu").equals("steps");
    if (!steps) {
      System.out.println(
          Qemu.version().orElseThrow(() -> new IOException("QEMU is not installed")));
    }
    Differential run =
        steps
            ? withSteps(engine, reports, System.out::println)
            : withQemu(engine, reports, System.out::println);
    run.repetitions = Integer.parseInt(options.getOrDefault("--repetitions", "" + REPETITIONS));
    if (options.containsKey("--block")) {
      run.show(Long.parseUnsignedLong(options.get("--block").replace("0x", ""), 16));
      return;
    }
    long seed = Long.decode(options.getOrDefault("--seed", "1"));
    run.run(seed, Long.parseLong(options.getOrDefault("--instructions", "100000000")), BLOCKS);
    System.exit(run.differences == 0 ? 0 : 1);
  }

  /** How many blocks differed. */
  public int differences() {
    return differences;
  }

  /** Instructions of the streams that have been executed here. */
  public long instructions() {
    return instructions;
  }

  /**
   * Runs images of blocks until {@code wanted} instructions of them have been executed.
   *
   * @param each how many blocks an image has
   */
  public void run(long seed, long wanted, int each) throws IOException {
    for (int image = 0; instructions < wanted && differences < REPORTS; image++) {
      List<Block> some = new ArrayList<>();
      for (int i = 0; i < each; i++) {
        some.add(StreamGenerator.block(seedOf(seed, (long) image * each + i), encodings));
      }
      compare(some);
      log.accept(
          "%,d instructions in %,d blocks, %d differ %s"
              .formatted(instructions, blocks, differences, byProfile));
    }
  }

  private static long seedOf(long seed, long index) {
    long z = (seed << 32) + index * 0x9e3779b97f4a7c15L;
    z = (z ^ z >>> 32) * 0xd6e8feb86659fd93L;
    return z ^ z >>> 32;
  }

  private void compare(List<Block> some) throws IOException {
    DifferentialImage image = new DifferentialImage();
    some.forEach(image::add);
    Outputs outputs = runBoth(image.build(repetitions, false));
    for (int i = 0; i < some.size(); i++) {
      blocks++;
      if (!outputs.ours.get(i).equals(outputs.theirs.get(i)) && differences < REPORTS) {
        differences++;
        byProfile.merge(some.get(i).profile(), 1, Integer::sum);
        report(some.get(i));
      }
    }
    String last = outputs.ours.getLast();
    instructions += Long.parseLong(last.substring(last.indexOf(' ') + 1));
  }

  private record Outputs(List<String> ours, List<String> theirs) {}

  private Outputs runBoth(byte[] image) throws IOException {
    CompletableFuture<List<String>> theirs =
        CompletableFuture.supplyAsync(() -> {
          try {
            return other.run(image);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    List<String> ours = here(engine, SLICE, image);
    return new Outputs(ours, theirs.join());
  }

  private static List<String> onQemu(byte[] image, Path folder) throws IOException {
    Files.createDirectories(folder);
    Path file = Files.createTempFile(folder, "image", ".bin");
    try {
      Files.write(file, image);
      return Qemu.firmware(file, MEMORY_MIB, TIME_LIMIT);
    } finally {
      Files.delete(file);
    }
  }

  private static List<String> here(Engine engine, long slice, byte[] image) {
    List<String> lines = new ArrayList<>();
    try (BareBoard board = new BareBoard(engine, (long) MEMORY_MIB << 20, slice, lines::add)) {
      board.memory().write(BareBoard.RAM, image);
      int code = board.run(LIMIT);
      if (code != 0) {
        throw new IllegalStateException("the guest ended with " + code + ": " + lines);
      }
    }
    return lines;
  }

  /** Runs one block on both machines with all its state and prints what differs. */
  private void show(long seed) throws IOException {
    report(StreamGenerator.block(seed, encodings));
  }

  /** Finds the first item after which the machines differ, and saves all that is known. */
  private void report(Block block) throws IOException {
    int stop = firstDifference(block);
    DifferentialImage image = new DifferentialImage();
    image.add(block, stop);
    Outputs verbose = runBoth(image.build(repetitions, true));
    DifferenceReport report = new DifferenceReport(block, stop, verbose.ours, verbose.theirs);
    Files.createDirectories(reports);
    Path file = reports.resolve("block-%016x.txt".formatted(block.seed()));
    Files.writeString(file, report.text());
    log.accept(report.summary() + "; see " + file);
  }

  /** Runs the block cut off before each of its items; what comes last in the first that differs. */
  private int firstDifference(Block block) throws IOException {
    DifferentialImage image = new DifferentialImage();
    for (int stop = 0; stop <= block.items().size(); stop++) {
      image.add(block, stop);
    }
    Outputs outputs = runBoth(image.build(repetitions, false));
    for (int stop = 0; stop <= block.items().size(); stop++) {
      if (!outputs.ours.get(stop).equals(outputs.theirs.get(stop))) {
        return stop;
      }
    }
    return block.items().size();
  }
}

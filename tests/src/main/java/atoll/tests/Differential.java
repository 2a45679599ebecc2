package atoll.tests;

import atoll.engine.Engine;
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
 * The differential fuzzer: random instruction streams here and on QEMU, state and memory compared
 * after each block; what differs is cut down to one instruction and saved as a report.
 *
 * <pre>Differential --seed S --instructions N [--engine NAME] [--reports DIRECTORY]
 * Differential --block S                  one block, with the whole state</pre>
 */
public final class Differential {
  private static final int BLOCKS = 2000;
  private static final int REPETITIONS = 3;
  private static final int MEMORY_MIB = 256;
  private static final int REPORTS = 20;
  private static final long LIMIT = 20_000_000_000L;
  private static final Duration TIME_LIMIT = Duration.ofMinutes(10);

  private final Engine engine;
  private final Path reports;
  private final Consumer<String> log;
  private long instructions;
  private long blocks;
  private int differences;
  private final Map<String, Integer> byProfile = new TreeMap<>();

  /**
   * A comparison that has not run anything yet.
   *
   * @param reports the directory for what differs
   * @param log is told what happens, line by line
   */
  public Differential(Engine engine, Path reports, Consumer<String> log) {
    this.engine = engine;
    this.reports = reports;
    this.log = log;
  }

  public static void main(String[] args) throws IOException {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    Engine engine = Engines.named(options.getOrDefault("--engine", "interpreter"));
    Path reports = Path.of(options.getOrDefault("--reports", "target/differential"));
    Differential run = new Differential(engine, reports, System.out::println);
    if (options.containsKey("--block")) {
      run.show(Long.parseUnsignedLong(options.get("--block").replace("0x", ""), 16));
      return;
    }
    long seed = Long.decode(options.getOrDefault("--seed", "1"));
    run.run(seed, Long.parseLong(options.getOrDefault("--instructions", "100000000")));
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

  /** Runs images of blocks until {@code wanted} instructions of them have been executed. */
  public void run(long seed, long wanted) throws IOException {
    log.accept(Qemu.version().orElseThrow(() -> new IOException("QEMU is not installed")));
    for (int image = 0; instructions < wanted && differences < REPORTS; image++) {
      List<Block> some = new ArrayList<>();
      for (int i = 0; i < BLOCKS; i++) {
        some.add(StreamGenerator.block(seedOf(seed, (long) image * BLOCKS + i)));
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
    Outputs outputs = runBoth(image.build(REPETITIONS, false));
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
    Files.createDirectories(reports);
    Path file = Files.createTempFile(reports, "image", ".bin");
    try {
      Files.write(file, image);
      CompletableFuture<List<String>> theirs =
          CompletableFuture.supplyAsync(() -> {
            try {
              return Qemu.firmware(file, MEMORY_MIB, TIME_LIMIT);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      List<String> ours = runHere(image);
      return new Outputs(ours, theirs.join());
    } finally {
      Files.delete(file);
    }
  }

  private List<String> runHere(byte[] image) {
    List<String> lines = new ArrayList<>();
    try (BareBoard board = new BareBoard(engine, (long) MEMORY_MIB << 20, lines::add)) {
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
    report(StreamGenerator.block(seed));
  }

  /** Finds the first item after which the machines differ, and saves all that is known. */
  private void report(Block block) throws IOException {
    int stop = firstDifference(block);
    DifferentialImage image = new DifferentialImage();
    image.add(block, stop);
    Outputs verbose = runBoth(image.build(REPETITIONS, true));
    DifferenceReport report = new DifferenceReport(block, stop, verbose.ours, verbose.theirs);
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
    Outputs outputs = runBoth(image.build(REPETITIONS, false));
    for (int stop = 0; stop <= block.items().size(); stop++) {
      if (!outputs.ours.get(stop).equals(outputs.theirs.get(stop))) {
        return stop;
      }
    }
    return block.items().size();
  }
}

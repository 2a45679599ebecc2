package atoll.bench;

import atoll.api.Atoll;
import atoll.api.AtollSystem;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** How quickly the library has systems, alone and beside each other, and what they leave behind. */
final class LibraryBars {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int WARM_UP = 50;
  private static final int GUESTS = 8;

  private LibraryBars() {}

  /**
   * Prints what was measured.
   *
   * @param words how many small systems there are in a row
   */
  public static void main(String[] words) throws Exception {
    int rounds = words.length == 0 ? 500 : Integer.parseInt(words[0]);
    System.out.printf("first start in this JVM, to the first line of hello: %.0f ms%n", hello());
    inARow(rounds);
    besideEachOther();
  }

  /** Milliseconds from the wish to the guest's first line. */
  private static double hello() {
    long begin = System.nanoTime();
    try (AtollSystem system = Atoll.hello().memory("16M").start()) {
      system.vm().console().expect("Hello from", LIMIT);
      return (System.nanoTime() - begin) / 1e6;
    }
  }

  private static void inARow(int rounds) throws IOException {
    List<Double> first = times(WARM_UP);
    System.out.printf("the next ones: %s%n", inWords(first.subList(0, 5)));
    String before = footprint();
    List<Double> all = times(rounds);
    String after = footprint();
    System.out.printf("%d in a row: %s%n", rounds, inWords(all));
    System.out.printf("before: %s%nafter:  %s%n", before, after);
  }

  private static List<Double> times(int count) {
    List<Double> times = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      times.add(hello());
    }
    return times;
  }

  private static String inWords(List<Double> times) {
    List<Double> sorted = new ArrayList<>(times);
    Collections.sort(sorted);
    return "median %.1f ms, 9 of 10 below %.1f, longest %.1f"
        .formatted(
            sorted.get(sorted.size() / 2), sorted.get(sorted.size() * 9 / 10), sorted.getLast());
  }

  private static String footprint() throws IOException {
    System.gc();
    return "%d threads, %d mappings, %d files, %.1f MiB of heap"
        .formatted(
            ManagementFactory.getThreadMXBean().getThreadCount(),
            Files.readAllLines(Path.of("/proc/self/maps")).size(),
            Path.of("/proc/self/fd").toFile().list().length,
            ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1048576.0);
  }

  private static void besideEachOther() throws Exception {
    try (ExecutorService tests = Executors.newFixedThreadPool(GUESTS)) {
      long begin = System.nanoTime();
      List<Future<Double>> all = new ArrayList<>();
      for (int n = 0; n < GUESTS; n++) {
        all.add(tests.submit(LibraryBars::linux));
      }
      double last = 0;
      for (Future<Double> one : all) {
        last = Math.max(last, one.get());
      }
      System.out.printf(
          "%d Linux guests beside each other on %d processors: all done after %.1f s, the slowest took %.1f s%n",
          GUESTS,
          Runtime.getRuntime().availableProcessors(),
          (System.nanoTime() - begin) / 1e9,
          last);
    }
  }

  /** Seconds from the wish to the result of a command. */
  private static double linux() {
    long begin = System.nanoTime();
    try (AtollSystem system = Atoll.linux().memory("192M").start()) {
      String said = system.vm().run("uname -sm", LIMIT).output();
      if (!said.equals("Linux riscv64")) {
        throw new IllegalStateException("uname said " + said);
      }
      return (System.nanoTime() - begin) / 1e9;
    }
  }
}

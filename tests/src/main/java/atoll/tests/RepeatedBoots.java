package atoll.tests;

import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * Boots Linux again and again, to user space and to its power-off, and stops at the first boot that
 * does not come there.
 *
 * <pre>RepeatedBoots [--count N] [--cpus N] [--engine NAME]</pre>
 */
public final class RepeatedBoots {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int MEMORY_MIB = 256;

  private RepeatedBoots() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    int count = Integer.parseInt(options.getOrDefault("--count", "50"));
    int cpus = Integer.parseInt(options.getOrDefault("--cpus", "4"));
    String engine = options.getOrDefault("--engine", "interpreter");
    LinuxGuest linux =
        LinuxGuest.find().orElseThrow(() -> new IOException("there is no Debian kernel here"));
    for (int i = 1; i <= count; i++) {
      long start = System.nanoTime();
      try (TestVm vm =
          TestVm.start(
              Engines.shipped(engine),
              linux.boot("nproc"),
              cpus,
              MEMORY_MIB,
              UnaryOperator.identity())) {
        vm.console().await(LinuxGuest.BOOTED, LIMIT);
        Outcome outcome = vm.end(LIMIT);
        if (!outcome.equals(new Outcome.Poweroff(0))) {
          throw new IOException("boot " + i + " ended with " + outcome);
        }
      }
      System.out.printf("boot %d of %d: %.1f s%n", i, count, (System.nanoTime() - start) / 1e9);
    }
    System.exit(0);
  }
}

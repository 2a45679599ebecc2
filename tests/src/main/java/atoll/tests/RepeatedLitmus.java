package atoll.tests;

import atoll.engine.Engine;
import atoll.testkit.Engines;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs {@code guests/litmus} again and again, each time in a new machine: its code, also what one
 * hart writes for the other, is then translated and made into regions while both harts execute it.
 * Stops at the first run in which something forbidden was seen.
 *
 * <pre>RepeatedLitmus [--count N] [--rounds N]     with several engines in turns</pre>
 */
public final class RepeatedLitmus {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private RepeatedLitmus() {}

  public static void main(String[] args) throws InterruptedException {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    int count = Integer.parseInt(options.getOrDefault("--count", "100"));
    String arguments = "rounds=" + options.getOrDefault("--rounds", "500");
    // Regions by the hart itself and by another thread, early; then as users have it.
    List<Engine> engines =
        List.of(Engines.all().getLast(), Engines.besides().getLast(), Engines.shipped().getLast());
    for (int i = 0; i < count; i++) {
      try (TestVm vm = TestVm.guest(engines.get(i % engines.size()), "litmus", 2, arguments)) {
        Outcome outcome = vm.end(LIMIT);
        String text = vm.console().text();
        if (!outcome.equals(new Outcome.Poweroff(0)) || !text.contains("verdict: PASS")) {
          System.out.printf("run %d of %d: %s%n%s%n", i + 1, count, outcome, text);
          System.exit(1);
        }
      }
      System.out.printf("run %d of %d: passed%n", i + 1, count);
    }
    System.exit(0);
  }
}

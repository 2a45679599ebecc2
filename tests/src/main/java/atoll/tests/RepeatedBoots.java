package atoll.tests;

import atoll.engine.Engine;
import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Boots Linux again and again, to user space and to its power-off, and stops at the first boot that
 * does not come there, has other harts than it was given, or complains of something.
 *
 * <pre>RepeatedBoots [--count N] [--cpus N] [--engine NAME]</pre>
 */
public final class RepeatedBoots {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int MEMORY_MIB = 256;

  /** Each hart is asked for by name, and does something. */
  private static final String COMMANDS =
      """
      echo HARTS $(nproc)
      for cpu in $(seq 0 $(($(nproc) - 1))); do
        echo HART $cpu $(taskset -c $cpu sh -c 'i=0; while [ $i -lt 200 ]; do i=$((i + 1)); done; echo $i')
      done
      """;

  /** What Linux says when something is wrong with it, or with the machine below it. */
  private static final Pattern COMPLAINT =
      Pattern.compile(
          "BUG:.*|WARNING:.*|Oops.*|Unable to handle.*|rcu: INFO:.*|Call Trace:.*|Kernel panic.*"
              + "|.*soft lockup.*|.*illegal instruction.*|.*[Ss]egmentation fault.*");

  private RepeatedBoots() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    int count = Integer.parseInt(options.getOrDefault("--count", "50"));
    int cpus = Integer.parseInt(options.getOrDefault("--cpus", "4"));
    Engine engine = Engines.shipped(options.getOrDefault("--engine", "interpreter"));
    LinuxGuest linux =
        LinuxGuest.find().orElseThrow(() -> new IOException("there is no Debian kernel here"));
    for (int i = 1; i <= count; i++) {
      long start = System.nanoTime();
      String wrong = boot(engine, linux, cpus);
      if (!wrong.isEmpty()) {
        System.out.printf("boot %d of %d with %d harts: %s%n", i, count, cpus, wrong);
        System.exit(1);
      }
      System.out.printf("boot %d of %d: %.1f s%n", i, count, (System.nanoTime() - start) / 1e9);
    }
    System.exit(0);
  }

  /** Boots once; what was not as it should be, or nothing. */
  private static String boot(Engine engine, LinuxGuest linux, int cpus)
      throws IOException, InterruptedException {
    try (TestVm vm =
        TestVm.start(engine, linux.boot(COMMANDS), cpus, MEMORY_MIB, UnaryOperator.identity())) {
      vm.console().await(LinuxGuest.BOOTED, LIMIT);
      Outcome outcome = vm.end(LIMIT);
      return wrong(vm.console().text(), outcome, cpus);
    }
  }

  /** What is not as it should be; empty if all is. */
  private static String wrong(String text, Outcome outcome, int cpus) {
    if (!outcome.equals(new Outcome.Poweroff(0))) {
      return "it ended with " + outcome;
    }
    for (String line : text.split("\\R", -1)) {
      Matcher complaint = COMPLAINT.matcher(line);
      if (complaint.find()) {
        return line;
      }
    }
    if (!text.contains("HARTS " + cpus)) {
      return "it does not have its harts";
    }
    for (int cpu = 0; cpu < cpus; cpu++) {
      if (!text.contains("HART " + cpu + " 200")) {
        return "hart " + cpu + " has not done its work";
      }
    }
    return "";
  }
}

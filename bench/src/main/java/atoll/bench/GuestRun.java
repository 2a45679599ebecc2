package atoll.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One boot of one machine: what its marker lines cost, stamped on the host.
 *
 * @param boot to {@code BOOTED-IN-USERSPACE}, from before the process was started
 * @param whole to the end of the process
 * @param bootResidentKib the resident size when that line came
 * @param peakResidentKib the peak resident size of the whole run
 * @param workloads by name, in the order they ran; of one that ran more than once, the last
 */
record GuestRun(
    Cost boot,
    Cost whole,
    long bootResidentKib,
    long peakResidentKib,
    Map<String, Workload> workloads) {
  private static final Pattern BEGIN = Pattern.compile("@B (\\w+)");
  private static final Pattern END =
      Pattern.compile("@E (\\w+) n=(\\d+) guest_us=\\d+ sum=([0-9a-f]+) events=(\\d+)");
  private static final Pattern TIMES = Pattern.compile("(\\d+)m([\\d.]+)s (\\d+)m([\\d.]+)s");
  private static final Duration SAMPLE = Duration.ofMillis(50);

  /** Wall and CPU seconds. */
  record Cost(double wall, double cpu) {}

  /**
   * @param n how many rounds it ran; sums compare only at equal n
   * @param events what it counted, such as interrupts; 0 if it counts nothing
   */
  record Workload(Cost cost, long n, String sum, long events) {}

  /** The machine did not do what it was started for; the message has its last lines. */
  static final class Failed extends Exception {
    private static final long serialVersionUID = 1;

    Failed(String message) {
      super(message);
    }
  }

  /**
   * Boots {@code command} and waits for its end.
   *
   * <p>A shell stands between, since only a parent that has waited for a process can tell its whole
   * CPU time; its {@code times} prints that after the guest's last line.
   *
   * @param expected the workloads without whose results the run has failed
   */
  static GuestRun of(List<String> command, Duration timeout, List<String> expected) throws Failed {
    List<String> wrapped = new ArrayList<>();
    wrapped.addAll(
        List.of("sh", "-c", "\"$@\" 2>&1 </dev/null; code=$?; echo; times; exit $code", "sh"));
    wrapped.addAll(command);
    try {
      return new Recording(wrapped, timeout).record(expected);
    } catch (IOException e) {
      throw new Failed("could not be run: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failed("interrupted");
    }
  }

  /** Runs the recording once on its own, so that the first marker does not wait for the JVM. */
  static void rehearse() {
    String script =
        "echo BOOTED-IN-USERSPACE; for i in 1 2 3 4 5 6 7 8 9; do"
            + " echo '@B x'; echo '@E x n=1 guest_us=1 sum=0 events=0'; done";
    try {
      for (int i = 0; i < 5; i++) {
        of(List.of("sh", "-c", script), Duration.ofSeconds(30), List.of("x"));
      }
    } catch (Failed e) {
      throw new IllegalStateException("the recording itself does not work", e);
    }
  }

  private static final class Recording {
    private final long start = System.nanoTime();
    private final Process process;
    private final Duration timeout;
    private final Map<String, Workload> workloads = new LinkedHashMap<>();
    private final StringBuilder tail = new StringBuilder();
    private volatile long peakResidentKib;
    private volatile boolean timedOut;
    private Cost boot;
    private long bootResidentKib;
    private String current = "";
    private long beginWall;
    private ProcessCost beginCost;
    private double wholeCpu;

    Recording(List<String> command, Duration timeout) throws IOException {
      this.process = new ProcessBuilder(command).redirectErrorStream(true).start();
      this.timeout = timeout;
    }

    GuestRun record(List<String> expected) throws IOException, InterruptedException, Failed {
      try (ScheduledExecutorService sampler =
          java.util.concurrent.Executors.newSingleThreadScheduledExecutor()) {
        var _ =
            sampler.scheduleAtFixedRate(
                this::sample, SAMPLE.toMillis(), SAMPLE.toMillis(), TimeUnit.MILLISECONDS);
        try (BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1))) {
          for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            line(line);
          }
        } finally {
          sampler.shutdownNow();
          end();
        }
      }
      int code = process.waitFor();
      Cost whole = new Cost(seconds(System.nanoTime() - start), wholeCpu);
      List<String> missing = expected.stream().filter(w -> !workloads.containsKey(w)).toList();
      if (timedOut || code != 0 || boot == null || !missing.isEmpty()) {
        throw new Failed(
            (timedOut ? "no end after " + timeout : "exit code " + code)
                + (boot == null ? ", user space not reached" : "")
                + (missing.isEmpty() ? "" : ", no result of " + String.join(", ", missing))
                + "; last output:\n"
                + tail);
      }
      return new GuestRun(boot, whole, bootResidentKib, peakResidentKib, workloads);
    }

    private void line(String line) {
      long now = System.nanoTime();
      keep(line);
      if (line.contains("BOOTED-IN-USERSPACE") && boot == null) {
        ProcessCost cost = cost();
        boot = new Cost(seconds(now - start), seconds(cost.ticksNanos()));
        bootResidentKib = cost.residentKib();
        return;
      }
      Matcher begin = BEGIN.matcher(line);
      if (begin.find()) {
        current = begin.group(1);
        beginCost = cost();
        beginWall = now;
        return;
      }
      Matcher end = END.matcher(line);
      if (end.find() && end.group(1).equals(current)) {
        Cost cost = new Cost(seconds(now - beginWall), seconds(cost().since(beginCost)));
        workloads.put(
            current,
            new Workload(
                cost, Long.parseLong(end.group(2)), end.group(3), Long.parseLong(end.group(4))));
        return;
      }
      Matcher times = TIMES.matcher(line);
      if (times.matches()) { // the second line of `times` is the children's; the last one wins
        wholeCpu =
            Integer.parseInt(times.group(1)) * 60
                + Double.parseDouble(times.group(2))
                + Integer.parseInt(times.group(3)) * 60
                + Double.parseDouble(times.group(4));
      }
    }

    private ProcessCost cost() {
      return ProcessCost.of(process.toHandle());
    }

    private void sample() {
      peakResidentKib = Math.max(peakResidentKib, cost().peakResidentKib());
      if (System.nanoTime() - start > timeout.toNanos()) {
        timedOut = true;
        end();
      }
    }

    private void end() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      if (timedOut) {
        process.destroyForcibly();
      }
    }

    private void keep(String line) {
      tail.append("  ").append(line).append('\n');
      if (tail.length() > 8000) {
        tail.delete(0, 4000);
      }
    }

    private static double seconds(long nanos) {
      return nanos * 1e-9;
    }
  }
}

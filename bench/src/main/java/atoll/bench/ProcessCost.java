package atoll.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The cost of a process and its descendants so far, from {@code /proc}.
 *
 * <p>{@code stat} counts all threads, ended ones too, but in ticks of 10 ms; the live threads'
 * {@code schedstat} is exact to the nanosecond, but forgets a thread that ends. A difference of two
 * readings therefore takes the exact sum unless the two disagree by more than the ticks explain.
 *
 * @param ticksNanos CPU time of all threads, ended ones included, in steps of 10 ms
 * @param liveNanos CPU time of the threads alive now
 * @param residentKib the resident size, summed over the processes
 * @param peakResidentKib the same of each process's peak
 */
record ProcessCost(long ticksNanos, long liveNanos, long residentKib, long peakResidentKib) {
  private static final long TICK = 10_000_000; // USER_HZ is 100 in Linux's ABI

  static ProcessCost of(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants())
        .map(p -> ofOne(Path.of("/proc", Long.toString(p.pid()))))
        .reduce(new ProcessCost(0, 0, 0, 0), ProcessCost::plus);
  }

  /** CPU nanoseconds from an earlier reading to this one. */
  long since(ProcessCost earlier) {
    long ticks = ticksNanos - earlier.ticksNanos;
    long live = liveNanos - earlier.liveNanos;
    return Math.abs(ticks - live) <= 3 * TICK ? live : ticks;
  }

  private ProcessCost plus(ProcessCost o) {
    return new ProcessCost(
        ticksNanos + o.ticksNanos,
        liveNanos + o.liveNanos,
        residentKib + o.residentKib,
        peakResidentKib + o.peakResidentKib);
  }

  /** A process that has just gone counts as nothing: there is nobody left to ask. */
  private static ProcessCost ofOne(Path proc) {
    try (Stream<Path> tasks = Files.list(proc.resolve("task"))) {
      String stat = Files.readString(proc.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]); // utime, stime
      List<String> status = Files.readAllLines(proc.resolve("status"));
      return new ProcessCost(
          ticks * TICK,
          tasks.mapToLong(ProcessCost::threadNanos).sum(),
          kib(status, "VmRSS:"),
          kib(status, "VmHWM:"));
    } catch (IOException e) {
      return new ProcessCost(0, 0, 0, 0);
    }
  }

  private static long threadNanos(Path task) {
    try {
      return Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ", 2)[0]);
    } catch (IOException e) {
      return 0;
    }
  }

  /** A process that is ending has no such line. */
  private static long kib(List<String> status, String field) {
    return status.stream()
        .filter(line -> line.startsWith(field))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }
}

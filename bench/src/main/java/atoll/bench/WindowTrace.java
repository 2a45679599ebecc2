package atoll.bench;

import atoll.kernel.CyclicPolicy.Window;
import atoll.kernel.DispatchListener;
import atoll.kernel.Pcpu;
import atoll.kernel.SchedulingContext;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares every dispatch of a board with the timetable of its physical CPUs: whether it began in
 * its window, and when it executed the last guest instruction.
 *
 * <p>The host may take the CPU away from a thread in the middle of guest code. Clock time in which
 * the thread did not run is deducted, so that only Atoll's own time is left.
 */
final class WindowTrace implements DispatchListener {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final long frame;
  private final List<Window> windows;
  private final Map<Pcpu, Long> cpuTimes = new HashMap<>();
  private Map<String, Long> used;
  private Lateness byClock;
  private Lateness byItself;
  private Lateness monitor;
  private long dispatches;
  private long begunOutside;
  private long first;
  private long last;

  /**
   * What a trace has shown.
   *
   * @param begunOutside dispatches at whose beginning their domain had no window
   * @param byClock those that executed guest code after their window's end
   * @param byItself those of them for which what the host has taken is no explanation, with what is
   *     left when it is deducted
   * @param monitor those that left guest code in time, but whose monitor served an exit beyond the
   *     end, by the thread's own time
   * @param nanos from the first dispatch to the last
   * @param used nanoseconds of physical CPU time by domain, all its dispatches together
   */
  record Findings(
      long dispatches,
      long begunOutside,
      Lateness.Snapshot byClock,
      Lateness.Snapshot byItself,
      Lateness.Snapshot monitor,
      long nanos,
      Map<String, Long> used) {}

  WindowTrace(long frame, List<Window> windows) {
    this.frame = frame;
    this.windows = windows;
    begin();
  }

  /** Forgets everything so far. */
  synchronized void begin() {
    used = new TreeMap<>();
    byClock = new Lateness();
    byItself = new Lateness();
    monitor = new Lateness();
    dispatches = 0;
    begunOutside = 0;
    first = Long.MAX_VALUE;
    last = Long.MIN_VALUE;
  }

  @Override
  public synchronized void dispatched(
      Pcpu pcpu, SchedulingContext context, long start, long left, long end) {
    String domain = context.vcpu().domain().name();
    long taken = Math.max(0, end - start - cpuTime(pcpu));
    dispatches++;
    used.merge(domain, end - start, Long::sum);
    first = Math.min(first, start);
    last = Math.max(last, end);
    long position = start % frame;
    for (Window window : windows) {
      long closes = start + window.offset() + window.duration() - position;
      if (window.domain().equals(domain) && window.offset() <= position && closes > start) {
        note(left - closes, end - closes, taken);
        return;
      }
    }
    begunOutside++;
  }

  /**
   * CPU time of the pCPU's thread since its last dispatch. A short wait is in it, so that rather
   * too little is put down to the host.
   */
  private long cpuTime(Pcpu pcpu) {
    long now = THREADS.getCurrentThreadCpuTime();
    Long before = cpuTimes.put(pcpu, now);
    return before == null ? 0 : now - before;
  }

  private void note(long guest, long whole, long taken) {
    if (guest > 0) {
      byClock.add(guest);
      byItself.add(guest - taken);
    } else {
      monitor.add(whole - taken);
    }
  }

  synchronized Findings findings() {
    return new Findings(
        dispatches,
        begunOutside,
        byClock.snapshot(),
        byItself.snapshot(),
        monitor.snapshot(),
        Math.max(0, last - first),
        Map.copyOf(used));
  }
}

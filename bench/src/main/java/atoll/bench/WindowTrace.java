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

/** Compares every dispatch of a board with the timetable of its physical CPUs. */
final class WindowTrace implements DispatchListener {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final long frame;
  private final List<Window> windows;
  private final Map<String, Long> used = new TreeMap<>();
  private final Map<Pcpu, Long> cpuTimes = new HashMap<>();
  private long dispatches;
  private long begunOutside;
  private long endedOutside;
  private long overran;
  private long worst;
  private long first = Long.MAX_VALUE;
  private long last;

  /**
   * What a trace has shown.
   *
   * @param begunOutside dispatches at whose beginning their domain had no window
   * @param endedOutside those that began within one and ended after it by the clock, although the
   *     host may have taken the CPU away meanwhile
   * @param overran those of them that used more CPU time than the window had left
   * @param worst by how many nanoseconds of CPU time, at most
   * @param nanos from the first dispatch to the last
   * @param used nanoseconds of physical CPU time by domain, all its dispatches together
   */
  record Findings(
      long dispatches,
      long begunOutside,
      long endedOutside,
      long overran,
      long worst,
      long nanos,
      Map<String, Long> used) {}

  WindowTrace(long frame, List<Window> windows) {
    this.frame = frame;
    this.windows = windows;
  }

  @Override
  public synchronized void dispatched(Pcpu pcpu, SchedulingContext context, long start, long end) {
    String domain = context.vcpu().domain().name();
    long own = Math.min(end - start, cpuTime(pcpu));
    dispatches++;
    used.merge(domain, end - start, Long::sum);
    first = Math.min(first, start);
    last = Math.max(last, end);
    long position = start % frame;
    for (Window window : windows) {
      long left = window.offset() + window.duration() - position;
      if (window.domain().equals(domain) && window.offset() <= position && left > 0) {
        note(end - start - left, own - left);
        return;
      }
    }
    begunOutside++;
  }

  /** CPU time of the pCPU's thread since its last dispatch, which includes a short wait. */
  private long cpuTime(Pcpu pcpu) {
    long now = THREADS.getCurrentThreadCpuTime();
    Long before = cpuTimes.put(pcpu, now);
    return before == null ? 0 : now - before;
  }

  private void note(long lateByClock, long lateByItself) {
    if (lateByClock > 0) {
      endedOutside++;
    }
    if (lateByItself > 0) {
      overran++;
      worst = Math.max(worst, lateByItself);
    }
  }

  synchronized Findings findings() {
    return new Findings(
        dispatches, begunOutside, endedOutside, overran, worst, last - first, Map.copyOf(used));
  }
}

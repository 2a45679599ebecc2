package atoll.bench;

import atoll.host.Clock;
import atoll.host.HostThread;
import atoll.host.PlatformClock;
import atoll.kernel.Idle;
import atoll.kernel.Pcpu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The delays that the host causes for any thread: a latency of the same size says nothing about
 * Atoll.
 */
final class HostNoise {
  private static final long PERIOD = 1_000_000;
  private static final Path STAT = Path.of("/proc/stat");

  /** Of {@code /proc/stat}: the kernel's USER_HZ is 100 wherever Linux runs today. */
  private static final double TICKS_PER_SECOND = 100;

  private static final int IDLE = 4;
  private static final int IOWAIT = 5;
  private static final int STEAL = 8;

  private HostNoise() {}

  /**
   * How late a thread of this process is that does nothing but wait for each millisecond, as an
   * idle physical CPU waits.
   */
  static WakeUps ofThread(Duration span) throws InterruptedException {
    SortedMap<Integer, Long> counts = new TreeMap<>();
    long[] missedAndMax = new long[2];
    Thread.ofPlatform().start(() -> measure(span, counts, missedAndMax)).join();
    return new WakeUps(counts, missedAndMax[0], missedAndMax[1] / 1e3);
  }

  private static void measure(Duration span, SortedMap<Integer, Long> counts, long[] missedAndMax) {
    HostThread.preciseTimers();
    HostThread.slice(Pcpu.HOST_SLICE);
    PlatformClock clock = new PlatformClock(Clock.host());
    long due = clock.nanos() + PERIOD;
    long end = clock.nanos() + span.toNanos();
    while (due < end) {
      while (clock.nanos() < due) {
        Idle.PARKING.until(clock, due);
      }
      long late = clock.nanos() - due;
      counts.merge((int) (late / 1_000), 1L, Long::sum);
      missedAndMax[1] = Math.max(missedAndMax[1], late);
      due += PERIOD;
      while (due <= clock.nanos()) {
        missedAndMax[0]++;
        due += PERIOD;
      }
    }
  }

  /**
   * CPU seconds that all processes have used since the host's start, and what its own host has
   * taken; 0 where there is no {@code /proc}.
   */
  static double busySeconds() throws IOException {
    if (!Files.exists(STAT)) {
      return 0;
    }
    String[] fields = Files.readAllLines(STAT).getFirst().split(" +", -1);
    double ticks = 0;
    for (int i = 1; i <= STEAL; i++) {
      ticks += i == IDLE || i == IOWAIT ? 0 : Double.parseDouble(fields[i]);
    }
    return ticks / TICKS_PER_SECOND;
  }

  /** CPU seconds of this process. */
  static double ownSeconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
  }
}

package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The time that the host's CPUs have spent on one platform thread, on Linux. Waiting for a CPU, or
 * for anything else, does not count.
 */
public final class ThreadTime {
  /** What it says where the host does not tell. */
  public static final long UNKNOWN = -1;

  /** Never a thread's clock, whose lowest bits are 110 (CPUCLOCK_SCHED of one thread). */
  private static final int NO_CLOCK = 0;

  private static final boolean LINUX = System.getProperty("os.name").equals("Linux");
  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final long NANOS_AT = 8; // struct timespec of 64-bit Linux

  private final int clock;

  /** Where the host writes it; guarded by this. */
  private final MemorySegment time = Arena.ofAuto().allocate(2 * Long.BYTES, Long.BYTES);

  private ThreadTime(int clock) {
    this.clock = clock;
  }

  /** That of the calling platform thread. */
  public static ThreadTime ofCaller() {
    return new ThreadTime(LINUX ? clockOfCaller() : NO_CLOCK);
  }

  private static int clockOfCaller() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment clock = arena.allocate(ValueLayout.JAVA_INT);
      long self = Calls.SELF.call(0, 0, 0, 0, 0, 0);
      int error = Calls.CLOCK_OF.call(self, clock.address(), 0);
      return error == 0 ? clock.get(ValueLayout.JAVA_INT, 0) : NO_CLOCK;
    }
  }

  /** Nanoseconds until now; any thread may ask. {@link #UNKNOWN} also once the thread has ended. */
  public synchronized long nanos() {
    if (clock == NO_CLOCK) {
      return UNKNOWN;
    }
    return Calls.GET_TIME.call(clock, time.address(), 0) == 0
        ? time.get(ValueLayout.JAVA_LONG, 0) * NANOS_PER_SECOND
            + time.get(ValueLayout.JAVA_LONG, NANOS_AT)
        : UNKNOWN;
  }

  /** Linked when first used. */
  private static final class Calls {
    static final HostCall SELF = HostCall.of("pthread_self");
    static final HostCall CLOCK_OF = HostCall.of("pthread_getcpuclockid");
    static final HostCall GET_TIME = HostCall.of("clock_gettime");
  }
}

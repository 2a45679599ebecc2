package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.Optional;

/** The host's settings for the calling platform thread, on Linux; does nothing elsewhere. */
public final class HostThread {
  /** CPUs that a mask has bits for. */
  private static final int MOST_CPUS = 1024;

  private static final int PR_SET_TIMERSLACK = 29;
  private static final int PRIO_PROCESS = 0;

  /** Steps of nice values: each is a fifth of a thread's share. */
  private static final int LOWER = 10;

  private static final int LOWEST = 19;

  /** The number of the system call, which depends on the processor; 0 where it is not known. */
  private static final long SCHED_SETATTR =
      switch (System.getProperty("os.arch")) {
        case "amd64" -> 314;
        case "aarch64", "riscv64" -> 274;
        default -> 0;
      };

  private static final boolean LINUX = System.getProperty("os.name").equals("Linux");

  private HostThread() {}

  /**
   * Binds the calling thread to one CPU of the host.
   *
   * @param cpu the host's number for it
   * @return false if the host has no such CPU for this process, or no such call
   */
  public static boolean bind(int cpu) {
    if (!LINUX || cpu < 0 || cpu >= MOST_CPUS) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(MOST_CPUS / Byte.SIZE, Long.BYTES);
      mask.setAtIndex(ValueLayout.JAVA_LONG, cpu / Long.SIZE, 1L << cpu % Long.SIZE);
      return Calls.SET_AFFINITY.call(0, mask.byteSize(), mask.address()) == 0;
    }
  }

  /**
   * The CPUs of the host that the calling thread may be bound to, by number: a container or {@code
   * taskset} may leave it fewer than there are.
   *
   * @return nothing if the host has no such call
   */
  public static Optional<BitSet> usableCpus() {
    if (!LINUX) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(MOST_CPUS / Byte.SIZE, Long.BYTES);
      int failed = Calls.GET_AFFINITY.call(0, mask.byteSize(), mask.address());
      return failed == 0
          ? Optional.of(BitSet.valueOf(mask.toArray(ValueLayout.JAVA_LONG)))
          : Optional.empty();
    }
  }

  /**
   * Has the host end the calling thread's timed waits as soon as their time is over, instead of up
   * to 50 us later to save a wake-up.
   *
   * @return false if the host has no such call
   */
  public static boolean preciseTimers() {
    return LINUX && Calls.PRCTL.call(PR_SET_TIMERSLACK, 1, 0) == 0;
  }

  /**
   * Has the host let the calling thread run for short times in turn with others, and at once when
   * it wakes up, also while others are in the middle of longer ones: Linux from 6.12 on, for any
   * user. Its share of the CPU stays the same.
   *
   * @param nanos 100,000 to 100,000,000
   * @return false if the host has no such call; a Linux before 6.12 takes it and does nothing
   */
  public static boolean slice(long nanos) {
    if (!LINUX || SCHED_SETATTR == 0) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(SchedAttr.SIZE, Long.BYTES);
      attributes.set(ValueLayout.JAVA_INT, SchedAttr.SIZE_AT, SchedAttr.SIZE);
      attributes.set(ValueLayout.JAVA_INT, SchedAttr.NICE_AT, nice());
      attributes.set(ValueLayout.JAVA_LONG, SchedAttr.RUNTIME_AT, nanos);
      return Calls.SYSCALL.call(SCHED_SETATTR, 0, attributes.address(), 0, 0, 0) == 0;
    }
  }

  /**
   * Has the host give the calling thread a tenth of what others get, where there are too few CPUs
   * for all (a nice value that is higher by 10).
   *
   * @return false if the host has no such call
   */
  public static boolean giveWay() {
    return LINUX && Calls.SET_PRIORITY.call(PRIO_PROCESS, 0, Math.min(nice() + LOWER, LOWEST)) == 0;
  }

  private static int nice() {
    return Calls.GET_PRIORITY.call(PRIO_PROCESS, 0, 0);
  }

  /** {@code struct sched_attr}, policy SCHED_OTHER: the fields that are not zero. */
  private static final class SchedAttr {
    static final int SIZE = 48;
    static final long SIZE_AT = 0;
    static final long NICE_AT = 16;
    static final long RUNTIME_AT = 24;
  }

  /** Linked when first used. */
  private static final class Calls {
    static final HostCall SET_AFFINITY = HostCall.of("sched_setaffinity");
    static final HostCall GET_AFFINITY = HostCall.of("sched_getaffinity");
    static final HostCall GET_PRIORITY = HostCall.of("getpriority");
    static final HostCall SET_PRIORITY = HostCall.of("setpriority");
    static final HostCall PRCTL = HostCall.of("prctl");

    /** {@code sched_setattr}, for which C libraries have no function. */
    static final HostCall SYSCALL = HostCall.of("syscall");
  }
}

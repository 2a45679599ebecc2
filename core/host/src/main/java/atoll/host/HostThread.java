package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.BitSet;
import java.util.Optional;

/** The host's settings for the calling platform thread, on Linux; does nothing elsewhere. */
public final class HostThread {
  /** CPUs that a mask has bits for. */
  private static final int MOST_CPUS = 1024;

  private static final int PR_SET_TIMERSLACK = 29;
  private static final int PRIO_PROCESS = 0;

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
      return (int) Calls.SET_AFFINITY.invokeExact(0, mask.byteSize(), mask) == 0;
    } catch (Throwable e) {
      throw new HostException("sched_setaffinity could not be called", e);
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
      int failed = (int) Calls.GET_AFFINITY.invokeExact(0, mask.byteSize(), mask);
      return failed == 0
          ? Optional.of(BitSet.valueOf(mask.toArray(ValueLayout.JAVA_LONG)))
          : Optional.empty();
    } catch (Throwable e) {
      throw new HostException("sched_getaffinity could not be called", e);
    }
  }

  /**
   * Has the host end the calling thread's timed waits as soon as their time is over, instead of up
   * to 50 us later to save a wake-up.
   *
   * @return false if the host has no such call
   */
  public static boolean preciseTimers() {
    if (!LINUX) {
      return false;
    }
    try {
      return (int) Calls.PRCTL.invokeExact(PR_SET_TIMERSLACK, 1L) == 0;
    } catch (Throwable e) {
      throw new HostException("prctl could not be called", e);
    }
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
      return (long) Calls.SYSCALL.invokeExact(SCHED_SETATTR, 0, attributes, 0) == 0;
    } catch (Throwable e) {
      throw new HostException("sched_setattr could not be called", e);
    }
  }

  private static int nice() throws Throwable {
    return (int) Calls.GET_PRIORITY.invokeExact(PRIO_PROCESS, 0);
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
    private static final Linker LINKER = Linker.nativeLinker();

    static final MethodHandle SET_AFFINITY = affinity("sched_setaffinity");
    static final MethodHandle GET_AFFINITY = affinity("sched_getaffinity");

    private static MethodHandle affinity(String name) {
      return LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow(name),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.ADDRESS));
    }

    static final MethodHandle GET_PRIORITY =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("getpriority"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    /** {@code sched_setattr}, for which C libraries have no function. */
    static final MethodHandle SYSCALL =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(1));

    static final MethodHandle PRCTL =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("prctl"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
  }
}

package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What can be asked of the host for the calling platform thread, on Linux; nothing elsewhere. */
public final class HostThread {
  /** CPUs that a mask has bits for. */
  private static final int MOST_CPUS = 1024;

  private static final int PR_SET_TIMERSLACK = 29;
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

  /** Linked when first used. */
  private static final class Calls {
    private static final Linker LINKER = Linker.nativeLinker();

    static final MethodHandle SET_AFFINITY =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("sched_setaffinity"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS));

    static final MethodHandle PRCTL =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("prctl"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
  }
}

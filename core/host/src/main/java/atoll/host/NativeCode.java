package atoll.host;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Calls machine code that was made at run time: a function of two 64-bit arguments and a 64-bit
 * result, by the host's C calling convention.
 *
 * <p>A plain call, not a critical one: while the code runs, the thread counts as outside Java and
 * garbage collection goes on.
 */
public final class NativeCode {
  private static final MethodHandle CALL =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(
                  ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

  private final MemorySegment entry;

  /** Names the function at {@code address}. */
  public NativeCode(long address) {
    entry = MemorySegment.ofAddress(address);
  }

  /** Calls it. A wrong address ends the process, as it would in C. */
  public long call(long first, long second) {
    try {
      return (long) CALL.invokeExact(entry, first, second);
    } catch (Throwable e) {
      throw new HostException("translated code could not be called", e);
    }
  }
}

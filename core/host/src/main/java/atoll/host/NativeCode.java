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
  private static final FunctionDescriptor SIGNATURE =
      FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);

  /** Has the address in it: one that is passed is looked at again in each call. */
  private final MethodHandle function;

  /** Names the function at {@code address}. */
  public NativeCode(long address) {
    MemorySegment entry = MemorySegment.ofAddress(address);
    function = Linker.nativeLinker().downcallHandle(entry, SIGNATURE);
  }

  /** Calls it. A wrong address ends the process, as it would in C. */
  public long call(long first, long second) {
    try {
      return (long) function.invokeExact(first, second);
    } catch (Throwable e) {
      throw new HostException("translated code could not be called", e);
    }
  }
}

package atoll.host;

import java.lang.foreign.MemorySegment;

/**
 * Calls machine code that was made at run time: a function of two 64-bit arguments and a 64-bit
 * result, by the host's C calling convention.
 *
 * <p>A plain call, not a critical one: while the code runs, the thread counts as outside Java and
 * garbage collection goes on.
 */
public final class NativeCode {
  /** Has the address in it: one that is passed is looked at again in each call. */
  private final HostCall function;

  /** Names the function at {@code address}. */
  public NativeCode(long address) {
    function = HostCall.at("translated code", MemorySegment.ofAddress(address));
  }

  /** Calls it. A wrong address ends the process, as it would in C. */
  public long call(long first, long second) {
    return function.call(first, second, 0, 0, 0, 0);
  }
}

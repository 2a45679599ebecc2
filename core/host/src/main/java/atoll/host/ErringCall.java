package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * A function of Linux's C library that says by {@code errno} why it fails; with one shape for all,
 * as {@link HostCall} has it and for the same reason.
 */
final class ErringCall {
  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG;
  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(WORD, WORD, WORD, WORD, WORD);
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private final String name;

  /** Whether the function returns an {@code int}, which is in the low bits then. */
  private final boolean narrow;

  private final MethodHandle function;

  private ErringCall(String name, boolean narrow) {
    this.name = name;
    this.narrow = narrow;
    Linker linker = Linker.nativeLinker();
    function =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow(name),
            SHAPE,
            Linker.Option.captureCallState("errno"));
  }

  /** A function that returns an {@code int}. */
  static ErringCall ofInt(String name) {
    return new ErringCall(name, true);
  }

  /** A function that returns a {@code long}. */
  static ErringCall ofLong(String name) {
    return new ErringCall(name, false);
  }

  /** Calls it; returns what it does, or the negative error number if that is below zero. */
  long call(long a, long b, long c, long d) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long returned = (long) function.invokeExact(state, a, b, c, d);
      long result = narrow ? (int) returned : returned;
      return result < 0 ? -(int) ERRNO.get(state, 0L) : result;
    } catch (Throwable problem) {
      throw new HostException(name + " could not be called", problem);
    }
  }
}

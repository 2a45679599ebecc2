package atoll.host;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * A function of the host's C library that takes up to six numbers or addresses, and returns one.
 *
 * <p>All have one shape, six words and a word, whatever they take: the first six words are passed
 * in registers, a function leaves alone what it does not take, and of a word that it takes for a
 * shorter number it uses the low bits (System V's convention for x86-64, and those of AArch64 and
 * RISC-V). Otherwise the JVM would make a few classes for each shape at every start, which takes it
 * milliseconds.
 */
final class HostCall {
  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG;
  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(WORD, WORD, WORD, WORD, WORD, WORD, WORD);

  private final String name;
  private final MethodHandle function;

  private HostCall(String name, MethodHandle function) {
    this.name = name;
    this.function = function;
  }

  /** The function of that name, if the host has it. */
  static Optional<HostCall> find(String name) {
    return Linker.nativeLinker().defaultLookup().find(name).map(address -> at(name, address));
  }

  /** The function there, which has no name that the host knows. */
  static HostCall at(String name, MemorySegment address) {
    return new HostCall(name, Linker.nativeLinker().downcallHandle(address, SHAPE));
  }

  /** The function of that name, which every host of the kind has. */
  static HostCall of(String name) {
    return find(name).orElseThrow(() -> new HostException("this host has no " + name));
  }

  /** Calls it; an {@code int} that it returns is in the low bits. */
  long call(long a, long b, long c, long d, long e, long f) {
    try {
      return (long) function.invokeExact(a, b, c, d, e, f);
    } catch (Throwable problem) {
      throw new HostException(name + " could not be called", problem);
    }
  }

  /** The same where three words are enough, and the result is an {@code int}. */
  int call(long a, long b, long c) {
    return (int) call(a, b, c, 0, 0, 0);
  }
}

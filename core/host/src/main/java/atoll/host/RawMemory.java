package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Unchecked access to this process's memory by host-virtual address (HVA).
 *
 * <p>For the engines' hot paths only, which get their addresses from a TLB entry whose fill has
 * proved that the whole page is the virtual machine's own. Everything else uses bounds-checked
 * segments. One constant segment over the whole address space lets HotSpot fold every check away; a
 * wrong address ends the process, as it would in C, unless {@link KnownMemory} is asked first.
 */
public final class RawMemory {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final ValueLayout.OfByte I8 = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

  private RawMemory() {}

  /** In tests, a wrong address is an error and not the end of the process. */
  private static void check(long hva, long size) {
    if (KnownMemory.CHECKED) {
      KnownMemory.check(hva, size);
    }
  }

  /** Zeroed memory, at a multiple of 8, for as long as there is a reference to it. */
  public static MemorySegment allocate(long bytes) {
    MemorySegment memory = Arena.ofAuto().allocate(bytes, Long.BYTES);
    KnownMemory.addWith(memory, memory.address(), bytes);
    return memory;
  }

  /** The byte at {@code hva}, sign-extended. */
  public static byte getByte(long hva) {
    check(hva, Byte.BYTES);
    return ALL.get(I8, hva);
  }

  /** The 16 bits at {@code hva} in host order, any alignment. */
  public static short getShort(long hva) {
    check(hva, Short.BYTES);
    return ALL.get(I16, hva);
  }

  /** The 32 bits at {@code hva} in host order, any alignment. */
  public static int getInt(long hva) {
    check(hva, Integer.BYTES);
    return ALL.get(I32, hva);
  }

  /** The 64 bits at {@code hva} in host order, any alignment. */
  public static long getLong(long hva) {
    check(hva, Long.BYTES);
    return ALL.get(I64, hva);
  }

  /** Stores the low 8 bits of {@code v}. */
  public static void putByte(long hva, byte v) {
    check(hva, Byte.BYTES);
    ALL.set(I8, hva, v);
  }

  /** Stores 16 bits, any alignment. */
  public static void putShort(long hva, short v) {
    check(hva, Short.BYTES);
    ALL.set(I16, hva, v);
  }

  /** Stores 32 bits, any alignment. */
  public static void putInt(long hva, int v) {
    check(hva, Integer.BYTES);
    ALL.set(I32, hva, v);
  }

  /** Stores 64 bits, any alignment. */
  public static void putLong(long hva, long v) {
    check(hva, Long.BYTES);
    ALL.set(I64, hva, v);
  }

  /** A volatile 32-bit load; {@code hva} is 4-byte aligned. */
  public static int getIntVolatile(long hva) {
    check(hva, Integer.BYTES);
    return (int) INT.getVolatile(ALL, hva);
  }

  /** A volatile 64-bit load; {@code hva} is 8-byte aligned. */
  public static long getLongVolatile(long hva) {
    check(hva, Long.BYTES);
    return (long) LONG.getVolatile(ALL, hva);
  }

  /** Compare-and-set of an aligned 32-bit word, with volatile ordering. */
  public static boolean compareAndSetInt(long hva, int expected, int v) {
    check(hva, Integer.BYTES);
    return INT.compareAndSet(ALL, hva, expected, v);
  }

  /** Compare-and-set of an aligned 64-bit word, with volatile ordering. */
  public static boolean compareAndSetLong(long hva, long expected, long v) {
    check(hva, Long.BYTES);
    return LONG.compareAndSet(ALL, hva, expected, v);
  }

  /** Atomically adds to an aligned 32-bit word; returns what was there. */
  public static int getAndAddInt(long hva, int v) {
    check(hva, Integer.BYTES);
    return (int) INT.getAndAdd(ALL, hva, v);
  }

  /** Atomically adds to an aligned 64-bit word; returns what was there. */
  public static long getAndAddLong(long hva, long v) {
    check(hva, Long.BYTES);
    return (long) LONG.getAndAdd(ALL, hva, v);
  }

  /** Atomically replaces an aligned 32-bit word; returns what was there. */
  public static int getAndSetInt(long hva, int v) {
    check(hva, Integer.BYTES);
    return (int) INT.getAndSet(ALL, hva, v);
  }

  /** Atomically replaces an aligned 64-bit word; returns what was there. */
  public static long getAndSetLong(long hva, long v) {
    check(hva, Long.BYTES);
    return (long) LONG.getAndSet(ALL, hva, v);
  }

  /** Fills {@code length} bytes from {@code hva} with zeroes. */
  public static void zero(long hva, long length) {
    check(hva, length);
    ALL.asSlice(hva, length).fill((byte) 0);
  }

  /** Copies {@code length} bytes from {@code hva} to {@code to}. */
  public static void copy(long hva, long to, int length) {
    MemorySegment.copy(ALL, hva, ALL, to, length);
  }

  /** Whether {@code length} bytes from {@code hva} on are those from {@code other} on. */
  public static boolean same(long hva, long other, int length) {
    int i = 0;
    for (; i <= length - Long.BYTES; i += Long.BYTES) {
      if (getLong(hva + i) != getLong(other + i)) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (getByte(hva + i) != getByte(other + i)) {
        return false;
      }
    }
    return true;
  }

  /** Copies the first {@code count} elements of {@code from} to {@code hva}. */
  public static void copyIn(long[] from, long hva, int count) {
    for (int i = 0; i < count; i++) { // few: a call of the segment's copy takes longer
      putLong(hva + 8L * i, from[i]);
    }
  }

  /** Copies {@code count} 64-bit words from {@code hva} to the beginning of {@code to}. */
  public static void copyOut(long hva, long[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] = getLong(hva + 8L * i);
    }
  }
}

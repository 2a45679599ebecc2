package atoll.engine.interp;

import atoll.host.RawMemory;

/**
 * {@link RawMemory} for {@link HotLoop} alone, so that the JVM can be told not to inline it there:
 * beside the translator, the loop executes cold code only, and compiling it with every access
 * inlined takes the compiler 4 MiB that stay with the process ({@code docs/adr/0003-jvm-flags.md}).
 */
final class InterpretedMemory {
  private InterpretedMemory() {}

  static byte getByte(long hva) {
    return RawMemory.getByte(hva);
  }

  static short getShort(long hva) {
    return RawMemory.getShort(hva);
  }

  static int getInt(long hva) {
    return RawMemory.getInt(hva);
  }

  static long getLong(long hva) {
    return RawMemory.getLong(hva);
  }

  static void putByte(long hva, byte v) {
    RawMemory.putByte(hva, v);
  }

  static void putShort(long hva, short v) {
    RawMemory.putShort(hva, v);
  }

  static void putInt(long hva, int v) {
    RawMemory.putInt(hva, v);
  }

  static void putLong(long hva, long v) {
    RawMemory.putLong(hva, v);
  }
}

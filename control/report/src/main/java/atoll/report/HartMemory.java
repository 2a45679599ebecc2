package atoll.report;

import atoll.vmm.HartImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Memory by the virtual addresses of one of a hart's modes. */
final class HartMemory {
  private final HartImage hart;
  private final int privilege;
  private final boolean virtual;

  HartMemory(HartImage hart, int privilege, boolean virtual) {
    this.hart = hart;
    this.privilege = privilege;
    this.virtual = virtual;
  }

  /** Bytes as far as there is memory, at most {@code length}. */
  byte[] read(long address, int length) {
    return hart.read(address, length, privilege, virtual);
  }

  /** A double word. */
  OptionalLong word(long address) {
    byte[] bytes = read(address, Long.BYTES);
    return bytes.length < Long.BYTES ? OptionalLong.empty() : OptionalLong.of(le(bytes).getLong());
  }

  /** 32 bits of code. */
  OptionalInt instruction(long address) {
    byte[] bytes = read(address, Integer.BYTES);
    return bytes.length < Integer.BYTES ? OptionalInt.empty() : OptionalInt.of(le(bytes).getInt());
  }

  private static ByteBuffer le(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}

package atoll.vmm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Numbers in the headers of images: little-endian at any alignment. */
final class LittleEndian {
  private static final ValueLayout.OfShort I16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private LittleEndian() {}

  static int u8(MemorySegment bytes, long at) {
    return bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }

  static int u16(MemorySegment bytes, long at) {
    return bytes.get(I16, at) & 0xffff;
  }

  static int i32(MemorySegment bytes, long at) {
    return bytes.get(I32, at);
  }

  static long u32(MemorySegment bytes, long at) {
    return bytes.get(I32, at) & 0xffff_ffffL;
  }

  static long i64(MemorySegment bytes, long at) {
    return bytes.get(I64, at);
  }
}

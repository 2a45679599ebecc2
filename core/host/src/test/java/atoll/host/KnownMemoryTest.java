package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** In tests, unchecked accesses are checked after all. */
class KnownMemoryTest {
  private static final int BYTES = 4096;

  @Test
  void testsRunWithTheCheck() {
    assertThat(KnownMemory.CHECKED).isTrue();
  }

  @Test
  void memoryIsAccessedToItsLastByteAndNotBeyond() {
    try (HostMemory memory = HostMemory.allocate(BYTES)) {
      long end = memory.address() + BYTES;
      RawMemory.putLong(end - 8, 1);
      assertThat(RawMemory.getShort(end - 8)).isEqualTo((short) 1);
      assertThatThrownBy(() -> RawMemory.getLong(end - 7))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("8 bytes at 0x%x".formatted(end - 7));
      assertThatThrownBy(() -> RawMemory.putByte(memory.address() - 1, (byte) 0))
          .isInstanceOf(AssertionError.class);
      assertThatThrownBy(() -> RawMemory.zero(memory.address(), BYTES + 1))
          .isInstanceOf(AssertionError.class);
      assertThatThrownBy(() -> RawMemory.compareAndSetInt(end, 0, 1))
          .isInstanceOf(AssertionError.class);
    }
  }

  @Test
  void memoryThatWasGivenBackIsNotAccessed() {
    HostMemory memory = HostMemory.allocate(BYTES);
    long address = memory.address();
    RawMemory.putInt(address, 1);
    memory.close();
    assertThatThrownBy(() -> RawMemory.getInt(address)).isInstanceOf(AssertionError.class);
  }

  @Test
  void memoryOfASegmentIsKnown() {
    MemorySegment memory = RawMemory.allocate(16);
    RawMemory.putLong(memory.address() + 8, 5);
    assertThat(memory.get(java.lang.foreign.ValueLayout.JAVA_LONG, 8)).isEqualTo(5);
  }
}

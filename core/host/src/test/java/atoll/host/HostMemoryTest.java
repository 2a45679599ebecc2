package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class HostMemoryTest {
  private static final long MIB = 1 << 20;

  private static void touch(HostMemory memory, long from, long bytes) {
    memory.segment().asSlice(from, bytes).fill((byte) 7);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void pagesAreResidentFromTheFirstTouchUntilTheyAreDiscarded() {
    try (HostMemory memory = HostMemory.allocate(600 * MIB)) {
      assertThat(memory.resident().orElseThrow()).isZero();
      touch(memory, 300 * MIB, 64 * MIB);
      assertThat(memory.resident().orElseThrow()).isBetween(64 * MIB, 68 * MIB);
      memory.discard(300 * MIB, 48 * MIB);
      assertThat(memory.resident().orElseThrow()).isBetween(16 * MIB, 20 * MIB);
    }
  }

  @Test
  void discardedRangeReadsAsZeroesAndItsNeighboursStay() {
    try (HostMemory memory = HostMemory.allocate(4 * 4096)) {
      touch(memory, 0, 4 * 4096);
      memory.discard(4096, 2 * 4096);
      assertThat(memory.segment().asSlice(4096, 2 * 4096).toArray(ValueLayout.JAVA_BYTE))
          .containsOnly(0);
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 4095)).isEqualTo((byte) 7);
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 3 * 4096)).isEqualTo((byte) 7);
    }
  }

  @Test
  void onlyOwnMemoryCanBeDiscarded() {
    try (HostMemory memory = HostMemory.allocate(4096)) {
      assertThatThrownBy(() -> memory.discard(4096, 4096))
          .isInstanceOf(IndexOutOfBoundsException.class);
      memory.discard(4096, 0);
    }
  }
}

package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

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

  private static HostFile file(Path folder, int pages) throws IOException {
    byte[] bytes = new byte[pages * 4096];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (1 + i / 4096);
    }
    Path file = Files.write(folder.resolve("memory"), bytes);
    return HostFile.openItself(file).orElseThrow();
  }

  private static byte at(HostMemory memory, int page) {
    return memory.segment().get(ValueLayout.JAVA_BYTE, page * 4096L + 7);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatBeginsWithAFileHasItsBytesAndKeepsItsOwnStores(@TempDir Path folder) throws IOException {
    try (HostMemory memory = HostMemory.allocate(8 * 4096);
        HostFile file = file(folder, 4)) {
      assertThat(memory.begin(2 * 4096, file, 4096, 3 * 4096)).isTrue();
      assertThat(at(memory, 2)).isEqualTo((byte) 2);
      memory.segment().set(ValueLayout.JAVA_BYTE, 3 * 4096 + 7, (byte) 99);

      assertThat(memory.resident()).hasValue(4096);
      assertThat(List.of(at(memory, 1), at(memory, 2), at(memory, 3), at(memory, 4), at(memory, 5)))
          .containsExactly((byte) 0, (byte) 2, (byte) 99, (byte) 4, (byte) 0);
      assertThat(Files.readAllBytes(folder.resolve("memory"))).doesNotContain((byte) 99);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void discardedPagesOfAFileReadAsZeroesAndTheirNeighboursStay(@TempDir Path folder)
      throws IOException {
    try (HostMemory memory = HostMemory.allocate(8 * 4096);
        HostFile file = file(folder, 6)) {
      assertThat(memory.begin(4096, file, 0, 6 * 4096)).isTrue();
      memory.discard(2 * 4096, 2 * 4096);
      memory.discard(5 * 4096, 3 * 4096);
      memory.discard(0, 4096);

      assertThat(IntStream.range(0, 8).mapToObj(page -> (int) at(memory, page)))
          .containsExactly(0, 1, 0, 0, 4, 0, 0, 0);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void pagesAreDiscardedOneByOneHoweverManyTheyAre(@TempDir Path folder) throws IOException {
    int pages = 20_000;
    try (HostMemory memory = HostMemory.allocate(pages * 4096L);
        HostFile file = file(folder, pages)) {
      assertThat(memory.begin(0, file, 0, pages * 4096L)).isTrue();
      for (int page = 0; page < pages; page += 2) {
        memory.discard(page * 4096L, 4096);
      }

      assertThat(
              IntStream.range(0, pages)
                  .filter(page -> (at(memory, page) != 0) != (page % 2 == 1 && page % 256 != 255)))
          .isEmpty();
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void onlyWhatWasStoredOrIsOfAFileIsUsed(@TempDir Path folder) throws IOException {
    try (HostMemory memory = HostMemory.allocate(64 * MIB);
        HostFile file = file(folder, 2)) {
      touch(memory, 32 * MIB, 2 * 4096);
      assertThat(memory.begin(4 * MIB, file, 0, 2 * 4096)).isTrue();
      assertThat(pages(memory::used))
          .contains(4 * MIB, 4 * MIB + 4096, 32 * MIB, 32 * MIB + 4096)
          .doesNotContain(0L, 16 * MIB, 63 * MIB);
    }
  }

  private static List<Long> pages(Consumer<HostMemory.RangeConsumer> ranges) {
    List<Long> pages = new ArrayList<>();
    ranges.accept((offset, bytes) -> {
      for (long at = offset; at < offset + bytes; at += 4096) {
        pages.add(at);
      }
    });
    return pages;
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void onlyWhatIsNotAsItBeganIsChanged(@TempDir Path folder) throws IOException {
    try (HostMemory memory = HostMemory.allocate(16 * 4096);
        HostFile file = file(folder, 8)) {
      assertThat(memory.begin(2 * 4096, file, 0, 8 * 4096)).isTrue();
      assertThat(at(memory, 3)).isEqualTo((byte) 2); // read, and no more
      assertThat(pages(memory::changed)).isEmpty();
      memory.segment().set(ValueLayout.JAVA_BYTE, 4 * 4096 + 7, (byte) 99);
      memory.segment().set(ValueLayout.JAVA_BYTE, 14 * 4096 + 7, (byte) 99);
      memory.discard(6 * 4096, 2 * 4096);
      assertThat(pages(memory::changed))
          .containsExactly(4 * 4096L, 6 * 4096L, 7 * 4096L, 14 * 4096L);
    }
  }
}

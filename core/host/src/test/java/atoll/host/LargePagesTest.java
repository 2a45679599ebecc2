package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class LargePagesTest {
  private static final long SIZE = LargePages.SIZE;
  private static final Pattern RANGE =
      Pattern.compile("(?ms)^(\\p{XDigit}+)-(\\p{XDigit}+) .*?^VmFlags:([ a-z0-9]*)$");

  /** Whether the host was told that large pages are wanted there ("hg", proc_pid_smaps(5)). */
  private static boolean wanted(long address) throws IOException {
    Matcher ranges = RANGE.matcher(Files.readString(Path.of("/proc/self/smaps")));
    while (ranges.find()) {
      long begin = Long.parseUnsignedLong(ranges.group(1), 16);
      long end = Long.parseUnsignedLong(ranges.group(2), 16);
      if (begin <= address && address < end) {
        return ranges.group(3).contains(" hg");
      }
    }
    throw new AssertionError("nothing is mapped at 0x%x".formatted(address));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void onlyLargePagesThatWillBeWrittenWhollyAreAskedFor() throws IOException {
    assumeTrue(
        Files.exists(Path.of("/sys/kernel/mm/transparent_hugepage")), "it has no large pages");
    try (HostMemory memory = HostMemory.allocate(8 * SIZE)) {
      MemorySegment segment = memory.segment();
      long aligned = (segment.address() + SIZE) & -SIZE;
      LargePages.fill(segment.asSlice(aligned - 4096 - segment.address(), 2 * SIZE + 8192));
      assertThat(wanted(aligned - 1)).as("before it").isFalse();
      assertThat(wanted(aligned)).as("the first").isTrue();
      assertThat(wanted(aligned + 2 * SIZE - 1)).as("the last").isTrue();
      assertThat(wanted(aligned + 2 * SIZE)).as("behind it").isFalse();
    }
  }

  @Test
  void whatIsTooSmallAndWhatIsOfTheHeapStaysAsItIs() {
    try (HostMemory memory = HostMemory.allocate(SIZE)) {
      LargePages.fill(memory.segment().asSlice(1, SIZE - 1));
      LargePages.fill(MemorySegment.ofArray(new byte[1]));
      memory.segment().set(ValueLayout.JAVA_BYTE, SIZE - 1, (byte) 7);
      if (memory.resident().isPresent()) {
        assertThat(memory.resident().getAsLong()).isEqualTo(4096);
      }
    }
  }
}

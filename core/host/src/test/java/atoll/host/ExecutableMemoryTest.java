package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the process's own list of mappings says, and what the processor does. */
class ExecutableMemoryTest {
  private static final long PAGE = 4096;
  private static final long CODE = 16 * PAGE;
  private static final long DATA = 8 * PAGE;

  private static ExecutableMemory allocate() {
    assumeTrue(
        ExecutableMemory.unavailable().isEmpty(), () -> ExecutableMemory.unavailable().orElse(""));
    return ExecutableMemory.allocate(CODE, DATA);
  }

  private static void assumeX64() {
    assumeTrue(HostProcessor.architecture().equals("amd64"), "this is not an x86-64 host");
  }

  /** A line of proc(5)'s maps. */
  private record Mapping(long from, long to, String permissions, String file) {
    static Mapping of(String line) {
      String[] fields = line.split("\\s+", 6);
      String[] range = fields[0].split("-", -1);
      return new Mapping(
          Long.parseUnsignedLong(range[0], 16),
          Long.parseUnsignedLong(range[1], 16),
          fields[1],
          fields[3] + " " + fields[4]); // device and inode
    }

    boolean contains(long address) {
      return from <= address && address < to;
    }
  }

  private static List<Mapping> mappings() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.map(Mapping::of).toList();
    }
  }

  /** The rights at an address; empty if nothing is mapped there. */
  private static String permissions(long address) throws IOException {
    return mappings().stream()
        .filter(m -> m.contains(address))
        .map(Mapping::permissions)
        .findFirst()
        .orElse("");
  }

  /** Every mapping of the pages that hold the code. */
  private static List<Mapping> codeMappings(ExecutableMemory memory) throws IOException {
    List<Mapping> all = mappings();
    String file =
        all.stream().filter(m -> m.contains(memory.code())).findFirst().orElseThrow().file;
    return all.stream().filter(m -> m.file.equals(file)).toList();
  }

  private static void write(ExecutableMemory memory, long offset, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    memory.write(offset, bytes, bytes.length);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void everyMappingOfTheCodeIsToWriteOrToExecuteAndNeverBoth() throws IOException {
    try (ExecutableMemory memory = allocate()) {
      assertThat(permissions(memory.code())).isEqualTo("r-xs");
      assertThat(permissions(memory.code() + CODE - 1)).isEqualTo("r-xs");
      assertThat(codeMappings(memory))
          .extracting(Mapping::permissions)
          .containsExactlyInAnyOrder("r-xs", "rw-s");
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void theDataCannotBeExecutedAndAllOfItLiesBetweenGuardPages() throws IOException {
    try (ExecutableMemory memory = allocate()) {
      assertThat(memory.data()).isEqualTo(memory.code() + CODE);
      assertThat(permissions(memory.data())).isEqualTo("rw-p");
      assertThat(permissions(memory.data() + DATA - 1)).isEqualTo("rw-p");
      assertThat(permissions(memory.code() - 1)).isEqualTo("---p");
      assertThat(permissions(memory.data() + DATA)).isEqualTo("---p");
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void closingUnmapsEverything() throws IOException {
    ExecutableMemory memory = allocate();
    List<Mapping> open = codeMappings(memory);
    memory.close();
    assertThat(open).hasSize(2);
    assertThat(mappings()).doesNotContainAnyElementsOf(open);
    assertThat(permissions(memory.code())).doesNotContain("x");
    assertThatThrownBy(() -> memory.writeInt(0, 0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(memory::close).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatIsWrittenIsReadBackFromWhereItIsExecuted() {
    try (ExecutableMemory memory = allocate()) {
      write(memory, CODE - 8, "0102030405060708");
      memory.writeInt(CODE - 7, 0x44332211);
      assertThat(memory.read(CODE - 8, 8)).isEqualTo(HexFormat.of().parseHex("0111223344060708"));
      assertThat(RawMemory.getLong(memory.code() + CODE - 8)).isEqualTo(0x0807064433221101L);
      assertThat(RawMemory.getLong(memory.data())).isZero();
      RawMemory.putLong(memory.data() + DATA - 8, -1);
      assertThat(RawMemory.getLong(memory.data() + DATA - 8)).isEqualTo(-1);
    }
  }

  @Test
  void whatIsDiscardedHasZeroesAndCanBeWrittenAgain() {
    try (ExecutableMemory memory = allocate()) {
      write(memory, 0, "01020304");
      write(memory, PAGE, "05060708");
      RawMemory.putLong(memory.data(), -1);
      memory.discard(PAGE, PAGE);
      memory.discardData();
      assertThat(memory.read(0, 4)).isEqualTo(HexFormat.of().parseHex("01020304"));
      assertThat(memory.read(PAGE, 4)).isEqualTo(new byte[4]);
      assertThat(RawMemory.getLong(memory.code() + PAGE)).isZero();
      assertThat(RawMemory.getLong(memory.data())).isZero();
      write(memory, PAGE, "0a0b");
      assertThat(RawMemory.getLong(memory.code() + PAGE)).isEqualTo(0x0b0aL);
      assertThatThrownBy(() -> memory.discard(CODE, PAGE))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void writesOutsideOfTheCodeAreRefused() {
    try (ExecutableMemory memory = allocate()) {
      assertThatThrownBy(() -> memory.writeInt(CODE - 3, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> memory.writeInt(-1, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> memory.write(CODE - 1, new byte[2], 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> memory.read(CODE, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void codeIsCalledWithItsArguments() {
    assumeX64();
    try (ExecutableMemory memory = allocate()) {
      write(memory, 0, "488d0437c3"); // lea rax, [rdi+rsi]; ret
      write(memory, PAGE, "488bc7482bc6c3"); // mov rax, rdi; sub rax, rsi; ret
      NativeCode add = new NativeCode(memory.code());
      NativeCode subtract = new NativeCode(memory.code() + PAGE);
      assertThat(add.call(40, 2)).isEqualTo(42);
      assertThat(add.call(Long.MAX_VALUE, 1)).isEqualTo(Long.MIN_VALUE);
      assertThat(subtract.call(40, 42)).isEqualTo(-2);
    }
  }

  @Test
  void codeThatIsReplacedIsExecutedAsReplaced() {
    assumeX64();
    try (ExecutableMemory memory = allocate()) {
      NativeCode code = new NativeCode(memory.code());
      write(memory, 0, "b800000000c3"); // mov eax, 0; ret
      for (int i = 0; i < 1000; i++) {
        memory.writeInt(1, i);
        assertThat(code.call(0, 0)).isEqualTo(i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -PAGE, 1, PAGE + 1, 1L << 30, Long.MIN_VALUE})
  void badSizesAreRefusedWithTheirValues(long size) {
    assertThatThrownBy(() -> ExecutableMemory.allocate(size, PAGE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(Long.toString(size));
    assertThatThrownBy(() -> ExecutableMemory.allocate(PAGE, size))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(Long.toString(size));
  }

  @Test
  void aHostThatCannotSaysWhy() {
    ExecutableMemory.unavailable()
        .ifPresentOrElse(
            why -> {
              assertThat(why).isNotBlank();
              assertThatThrownBy(() -> ExecutableMemory.allocate(PAGE, PAGE))
                  .isInstanceOf(HostException.class);
            },
            () -> ExecutableMemory.allocate(PAGE, PAGE).close());
  }

  /** By the writing of 5 and 6 into EAX, and a return. */
  private static long result(ExecutableMemory memory, long offset) {
    return new NativeCode(memory.code() + offset).call(0, 0);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatSeveralBeginWithIsThereOnceUntilOneChangesIt() throws IOException {
    assumeX64();
    long chunk = ExecutableMemory.CHUNK;
    try (ExecutableMemory first = ExecutableMemory.allocate(4 * chunk, DATA);
        ExecutableMemory second = ExecutableMemory.allocate(4 * chunk, DATA);
        ExecutableMemory third = ExecutableMemory.allocate(4 * chunk, DATA)) {
      write(first, 0, "b805000000c3");
      write(first, chunk + 8, "b806000000c3");
      FrozenCode frozen = first.freeze(0, 2 * chunk);
      write(first, 0, "b807000000c3");
      assertThat(second.begin(frozen)).isTrue();
      assertThat(third.begin(frozen)).isTrue();
      frozen.close();
      assertThat(first.begin(frozen)).isFalse();
      second.writeInt(1, 9);
      write(second, 3 * chunk, "b808000000c3");
      assertThat(result(first, 0)).isEqualTo(7);
      assertThat(result(second, 0)).isEqualTo(9);
      assertThat(result(third, 0)).isEqualTo(5);
      assertThat(result(second, chunk + 8)).isEqualTo(6);
      assertThat(result(second, 3 * chunk)).isEqualTo(8);
      for (long at = 0; at < 4 * chunk; at += chunk) {
        assertThat(permissions(second.code() + at)).isEqualTo("r-xs");
        assertThat(permissions(third.code() + at)).isEqualTo("r-xs");
      }
      third.discard(PAGE, 2 * chunk - PAGE);
      assertThat(result(third, 0)).isEqualTo(5);
      assertThat(third.read(chunk + 8, 4)).isEqualTo(new byte[4]);
      assertThat(result(second, chunk + 8)).isEqualTo(6);
    }
  }
}

package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.software.Translator;
import atoll.testkit.TestVm;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What this process may write and what it may execute while a machine is translated. */
class ExecutableMappingsTest {
  private static final int HARTS = 2;

  /** A part of the JVM's code cache: its address, the end of what is in use, its end. */
  private static final Pattern BOUNDS =
      Pattern.compile("bounds \\[0x([0-9a-f]+), 0x[0-9a-f]+, 0x([0-9a-f]+)\\]");

  private record Range(long from, long to) {
    boolean contains(Range other) {
      return from <= other.from && other.to <= to;
    }
  }

  /** A line of proc(5)'s maps. */
  private record Mapping(Range range, String permissions, String file) {
    static Mapping of(String line) {
      String[] fields = line.split("\\s+", 6);
      String[] ends = fields[0].split("-", -1);
      return new Mapping(
          new Range(Long.parseUnsignedLong(ends[0], 16), Long.parseUnsignedLong(ends[1], 16)),
          fields[1],
          fields[3] + " " + fields[4]); // device and inode
    }

    boolean writable() {
      return permissions.charAt(1) == 'w';
    }

    boolean executable() {
      return permissions.charAt(2) == 'x';
    }

    /** Pages of one machine's code can be shared between two mappings; the JVM's are private. */
    boolean shared() {
      return permissions.charAt(3) == 's';
    }
  }

  @BeforeEach
  void needsTheTranslator() {
    assumeTrue(
        Translator.unavailable().isEmpty(),
        () -> "no translator here: " + Translator.unavailable().orElse(""));
  }

  private static List<Mapping> mappings() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.map(Mapping::of).toList();
    }
  }

  /** Where HotSpot keeps its own code, which it writes and executes in place. */
  private static List<Range> codeCacheOfTheJvm() throws JMException {
    Object said =
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "compilerCodecache",
                new Object[0],
                new String[0]);
    List<Range> parts =
        BOUNDS
            .matcher(said.toString())
            .results()
            .map(m ->
                new Range(
                    Long.parseUnsignedLong(m.group(1), 16), Long.parseUnsignedLong(m.group(2), 16)))
            .toList();
    assertThat(parts).as(said.toString()).isNotEmpty();
    return parts;
  }

  private static TestVm runningMachine() throws InterruptedException {
    TestVm vm = TestVm.guest(new Translator(), "hello", HARTS, "");
    vm.console().await("> ", LIMIT);
    return vm;
  }

  @Test
  void onlyTheJvmsOwnCodeCanBeWrittenWhereItIsExecuted()
      throws IOException, JMException, InterruptedException {
    try (TestVm vm = runningMachine()) {
      List<Range> allowed = codeCacheOfTheJvm();
      assertThat(mappings())
          .filteredOn(m -> m.writable() && m.executable())
          .allMatch(m -> allowed.stream().anyMatch(part -> part.contains(m.range)));
      assertThat(vm.console().text()).contains("> ");
    }
  }

  @Test
  void theCodeOfEveryHartIsMappedOnceToExecuteAndOnceToWrite()
      throws IOException, InterruptedException {
    List<Mapping> before = mappings();
    try (TestVm vm = runningMachine()) {
      List<Mapping> now = mappings();
      List<String> files =
          now.stream()
              .filter(m -> m.shared() && m.executable() && !before.contains(m))
              .map(Mapping::file)
              .toList();
      assertThat(files).hasSize(HARTS).doesNotHaveDuplicates();
      for (String file : files) {
        assertThat(now)
            .filteredOn(m -> m.file.equals(file))
            .extracting(Mapping::permissions)
            .containsExactlyInAnyOrder("r-xs", "rw-s");
      }
      assertThat(vm.console().text()).contains("> ");
    }
  }

  @Test
  void aMachineThatIsClosedLeavesNoneOfItsCodeMapped() throws IOException, InterruptedException {
    List<Mapping> before = mappings();
    runningMachine().close();
    assertThat(mappings())
        .filteredOn(m -> m.shared() && m.executable() && !before.contains(m))
        .isEmpty();
  }
}

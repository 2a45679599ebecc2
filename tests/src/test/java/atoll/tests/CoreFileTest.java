package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.HostException;
import atoll.manager.DebugAction;
import atoll.manager.LifeAction;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A paused machine as an ELF core, read by the debugger itself. */
class CoreFileTest {
  @TempDir private Path folder;

  private TestSystem start(String engine) throws IOException, InterruptedException {
    TestSystem system =
        TestSystem.start(
            folder,
            """
            name: dumped
            machine: {cpus: [fair], memory: 48M}
            vms: {hello: {builtin: hello, memory: 16M, vcpus: 2, engine: %s}}
            """
                .formatted(engine));
    system.console("hello").await("> ", LIMIT);
    return system;
  }

  private static String gdb(Path core, String... commands) throws Exception {
    List<String> line =
        new ArrayList<>(
            List.of(
                "gdb-multiarch",
                "-nx",
                "-batch",
                "-ex",
                "set architecture riscv:rv64",
                "-ex",
                "core-file " + core));
    for (String command : commands) {
      line.addAll(List.of("-ex", command));
    }
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).as(said).isTrue();
    return said;
  }

  @ParameterizedTest
  @ValueSource(strings = {"interpreter", "translator"})
  void gdbFindsTheHartsTheirRegistersAndTheMemory(String engine) throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/gdb-multiarch")), "gdb-multiarch is not installed");
    Path core = folder.resolve("Core File");
    try (TestSystem system = start(engine)) {
      system.perform(new LifeAction.Pause("hello"));
      List<Outcome.HartReport> harts = system.perform(new DebugAction.ReadRegisters("hello"));
      system.perform(new DebugAction.DumpCore("hello", core));
      String said =
          gdb(
              core,
              "info threads",
              "thread 2",
              "printf \"two %lx %lx\\n\", $pc, $sp",
              "thread 1",
              "printf \"one %lx %lx %lx\\n\", $pc, $ra, $t6",
              "printf \"csrs %lx %lx %lx\\n\", $mtvec, $mhartid, $misa",
              "thread 2",
              "printf \"second %lx\\n\", $mhartid",
              "find /b 0x80000000, 0x80ffffff, 'b', 'a', 'r', 'e', '-', 'm', 'e', 't', 'a', 'l'",
              "x/2xb 0x80ffffff");
      assertThat(said)
          .contains(
              "one %x %x %x\n"
                  .formatted(value(harts, 0, "pc"), value(harts, 0, "ra"), value(harts, 0, "t6")))
          .contains(
              "csrs %x 0 %x\n".formatted(register(system, "mtvec"), register(system, "misa")),
              "second 1\n")
          .contains("two %x %x\n".formatted(value(harts, 1, "pc"), value(harts, 1, "sp")))
          .containsPattern("[1-9]\\d* patterns? found")
          .containsPattern(
              "0x80ffffff:\\t0x[0-9a-f]{2}\\s+Cannot access memory at address 0x81000000");
    }
    assertThat(Files.size(core)).as("RAM once, and little more").isBetween(16L << 20, 17L << 20);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(Path::toString)).noneMatch(name -> name.endsWith(".part"));
    }
  }

  private static long register(TestSystem system, String name) {
    return system.perform(new DebugAction.ReadRegister("hello", 0, name));
  }

  private static long value(List<Outcome.HartReport> harts, int hart, String name) {
    return harts.get(hart).registers().get(name);
  }

  @Test
  void aFileThatCannotBeWrittenIsSaidInOneSentenceAndTheMachineGoesOn() throws Exception {
    try (TestSystem system = start("auto")) {
      system.perform(new LifeAction.Pause("hello"));
      Path nowhere = folder.resolve("none/core");
      assertThatThrownBy(() -> system.perform(new DebugAction.DumpCore("hello", nowhere)))
          .isInstanceOf(HostException.class)
          .hasMessageStartingWith("the core " + nowhere + " cannot be written: ")
          .hasMessageEndingWith("; give another file");
      system.perform(new LifeAction.Resume("hello"));
    }
  }
}

package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.RoundRobinPolicy;
import atoll.kernel.SharedMemory;
import atoll.kernel.Status;
import atoll.testkit.GuestProgram;
import atoll.testkit.ScriptedConsole;
import atoll.vmm.Boot;
import atoll.vmm.Image;
import atoll.vmm.Outcome;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Machines come and go on one board, a thousand times, and leave nothing behind. */
@Tag("slow")
@EnabledOnOs(OS.LINUX)
class StartStopCyclesTest {
  private static final int WARM_UP = 200;
  private static final int CYCLES = 1_000;
  private static final long MIB = 1 << 20;

  /** What must not grow. */
  private record Footprint(int threads, long files, long mappings, long heap) {
    static Footprint now() throws IOException {
      System.gc();
      return new Footprint(
          ManagementFactory.getThreadMXBean().getThreadCount(),
          Path.of("/proc/self/fd").toFile().list().length,
          Files.readAllLines(Path.of("/proc/self/maps")).size(),
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#shipped")
  void thousandMachinesLeaveNothingBehind(Engine engine) throws Exception {
    MachineMemory memory = new MachineMemory(256 * MIB);
    try (Microkernel board =
        new Microkernel(Clock.host(), 2, () -> new RoundRobinPolicy(MIB), memory)) {
      cycle(board, engine, WARM_UP);
      Footprint before = Footprint.now();
      cycle(board, engine, CYCLES - WARM_UP);
      Footprint after = Footprint.now();
      assertThat(after.threads).isLessThanOrEqualTo(before.threads + 2);
      assertThat(after.files).isLessThanOrEqualTo(before.files + 2);
      assertThat(after.mappings).isLessThanOrEqualTo(before.mappings + 40);
      assertThat(after.heap).isLessThanOrEqualTo(before.heap + 8 * MIB);
      assertThat(memory.usage().used()).isZero();
      assertThat(memory.usage().allocations()).isEqualTo(2 * CYCLES);
      assertThat(board.pcpus()).allMatch(pcpu -> pcpu.contexts().isEmpty());
    }
  }

  private static void cycle(Microkernel board, Engine engine, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      SharedMemory shared = board.createSharedMemory("shared", MIB);
      ScriptedConsole console = new ScriptedConsole();
      try (VirtualMachine vm = VirtualMachine.create(config(engine, console), board)) {
        vm.start();
        assertThat(console.await("> ", LIMIT)).contains("hart 0 of 2");
        console.type("poweroff\r");
        assertThat(vm.awaitEnd(LIMIT)).contains(new Outcome.Poweroff(0));
      }
      assertThat(board.destroy(shared)).isEqualTo(Status.OK);
    }
  }

  private static VmConfig config(Engine engine, ScriptedConsole console) {
    Boot boot =
        new Boot.FirmwareBoot(
            Image.file(GuestProgram.elf("hello")),
            Optional.empty(),
            Optional.empty(),
            "",
            Optional.empty());
    return VmConfig.builder(engine, boot)
        .memory(64 * MIB)
        .cpus(2)
        .console(console)
        .effects(Effects.host(bytes -> {}))
        .build();
  }
}

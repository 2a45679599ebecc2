package atoll.front;

import atoll.kernel.MachineMemory;
import atoll.kernel.PcpuStatistics;
import atoll.kernel.PlatformStatistics;
import atoll.manager.SystemStatistics;
import atoll.manager.VmReport;
import atoll.server.OutcomeText;
import java.time.Duration;

/** A system's statistics for a person. */
final class SystemText {
  private SystemText() {}

  /** Several lines: memory, physical CPUs, then each machine. */
  static String of(SystemStatistics system) {
    StringBuilder text = new StringBuilder(platform(system.platform()));
    system.vms().forEach(vm -> text.append('\n').append(of(vm, system.elapsed())));
    return text.toString();
  }

  private static String platform(PlatformStatistics platform) {
    MachineMemory.Usage memory = platform.memory();
    StringBuilder text = new StringBuilder();
    text.append(
        "machine memory: at most %d%s MiB in use, %d allocations\n"
            .formatted(memory.peak() >> 20, of(memory), memory.allocations()));
    for (PcpuStatistics cpu : platform.pcpus()) {
      text.append(
          "CPU %d, %s: %,d world switches, %.3f s of the host's CPU time\n"
              .formatted(cpu.number(), cpu.policy(), cpu.worldSwitches(), cpu.executed() / 1e9));
    }
    return text.toString();
  }

  /** {@code of 512}, unless there is no limit. */
  static String of(MachineMemory.Usage memory) {
    return memory.unlimited() ? "" : " of " + (memory.size() >> 20);
  }

  /**
   * Several lines about one machine.
   *
   * @param elapsed since the system was started
   */
  static String of(VmReport vm, Duration elapsed) {
    String last = vm.last().map(OutcomeText::of).map(end -> "; last it " + end).orElse("");
    return "== %s: %d restarts%s\n%s"
        .formatted(vm.name(), vm.restarts(), last, StatisticsText.of(vm.statistics(), elapsed));
  }
}

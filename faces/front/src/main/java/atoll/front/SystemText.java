package atoll.front;

import atoll.kernel.BoardStatistics;
import atoll.kernel.MachineMemory;
import atoll.kernel.PcpuStatistics;
import atoll.manager.SystemStatistics;
import atoll.manager.VmSnapshot;
import java.time.Duration;

/** A system's statistics for a person. */
final class SystemText {
  private SystemText() {}

  /** Several lines: memory, physical CPUs, then each machine. */
  static String of(SystemStatistics system) {
    StringBuilder text = new StringBuilder(board(system.board()));
    system.vms().forEach(vm -> text.append('\n').append(of(vm, system.elapsed())));
    return text.toString();
  }

  private static String board(BoardStatistics board) {
    MachineMemory.Usage memory = board.memory();
    StringBuilder text = new StringBuilder();
    text.append(
        "machine memory: at most %d of %d MiB in use, %d allocations\n"
            .formatted(memory.peak() >> 20, memory.size() >> 20, memory.allocations()));
    for (PcpuStatistics cpu : board.pcpus()) {
      text.append(
          "CPU %d, %s: %,d world switches, %.3f s of the host's CPU time\n"
              .formatted(cpu.number(), cpu.policy(), cpu.worldSwitches(), cpu.executed() / 1e9));
    }
    return text.toString();
  }

  /**
   * Several lines about one machine.
   *
   * @param elapsed since the system was started
   */
  static String of(VmSnapshot vm, Duration elapsed) {
    String last = vm.last().map(Ending::inWords).map(end -> "; last it " + end).orElse("");
    return "== %s: %d restarts%s\n%s"
        .formatted(vm.name(), vm.restarts(), last, StatisticsText.of(vm.statistics(), elapsed));
  }
}

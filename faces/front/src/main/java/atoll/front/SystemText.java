package atoll.front;

import atoll.image.ByteSize;
import atoll.kernel.MachineMemory;
import atoll.kernel.PcpuStatistics;
import atoll.kernel.PlatformStatistics;
import atoll.manager.DiskReport;
import atoll.manager.SystemStatistics;
import atoll.manager.VmReport;
import atoll.report.OutcomeText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

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
    String disks = disks(vm).stream().map(disk -> disk + "\n").collect(Collectors.joining());
    return "== %s: %d restarts%s\n%s%s"
        .formatted(
            vm.name(), vm.restarts(), last, disks, StatisticsText.of(vm.statistics(), elapsed));
  }

  /** What is behind each of a machine's disks, a line each. */
  static List<String> disks(VmReport vm) {
    List<String> lines = new ArrayList<>();
    for (DiskReport disk : vm.disks()) {
      lines.add(
          "disk %d: %s, %s%s"
              .formatted(
                  lines.size(),
                  disk.image(),
                  ByteSize.format(disk.bytes()),
                  disk.readOnly() ? ", read-only" : ""));
    }
    return lines;
  }
}

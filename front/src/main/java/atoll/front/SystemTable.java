package atoll.front;

import atoll.backend.LivePage;
import atoll.kernel.BoardStatistics;
import atoll.kernel.MachineMemory;
import atoll.kernel.PcpuStatistics;
import atoll.manager.Manager;
import atoll.manager.RunningSystem;
import atoll.manager.SystemStatistics;
import atoll.manager.VmAction;
import atoll.manager.VmSnapshot;
import atoll.manager.Words;
import atoll.vmm.VcpuReport;
import atoll.vmm.VmStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the machines of a system do, as a table: rates since the page was last drawn. One thread at
 * a time uses it.
 */
final class SystemTable implements LivePage {
  /** Within the 80 columns of a small terminal. */
  private static final String MACHINES =
      "%-12s %-10s %6s %6s %5s %6s %5s %9s %8s %3s"
          .formatted(
              "MACHINE", "STATE", "CPU", "MMIO/s", "SBI/s", "HALT/s", "IRQ/s", "WAKE us", "MEM MiB",
              "RST");

  private static final String CPUS =
      "%-12s %-10s %6s %6s %8s".formatted("CPU", "POLICY", "BUSY", "HOST", "SWITCH/s");

  private final Manager manager;
  private final Supplier<Optional<RunningSystem>> system;
  private Optional<SystemStatistics> before = Optional.empty();

  /**
   * @param system the one to show, once it is there
   */
  SystemTable(Manager manager, Supplier<Optional<RunningSystem>> system) {
    this.manager = manager;
    this.system = system;
  }

  @Override
  public List<String> lines(int columns, int rows) {
    Optional<SystemStatistics> now = system.get().map(this::describe);
    if (now.isEmpty()) {
      return List.of("the machines are being made");
    }
    List<String> lines = table(before.orElse(now.get()), now.get());
    before = now;
    return lines;
  }

  private SystemStatistics describe(RunningSystem running) {
    return manager.perform(new VmAction.DescribeSystem(running));
  }

  /** The table for two moments, the second later than the first or the same. */
  static List<String> table(SystemStatistics before, SystemStatistics now) {
    double seconds = Math.max(1, now.elapsed().minus(before.elapsed()).toNanos()) / 1e9;
    List<String> lines = new ArrayList<>();
    lines.add(memory(now.board().memory()));
    lines.add("");
    lines.add(MACHINES);
    for (int i = 0; i < now.vms().size(); i++) {
      lines.add(row(before.vms().get(i), now.vms().get(i), resident(now, i), seconds));
    }
    lines.add("");
    lines.add(CPUS);
    for (int n = 0; n < now.board().pcpus().size(); n++) {
      lines.add(cpu(n, before.board(), now.board(), seconds));
    }
    return lines;
  }

  private static String memory(MachineMemory.Usage memory) {
    return "machine memory: %d of %d MiB given out, at most %d"
        .formatted(memory.used() >> 20, memory.size() >> 20, memory.peak() >> 20);
  }

  private static String cpu(
      int number, BoardStatistics before, BoardStatistics now, double seconds) {
    PcpuStatistics was = before.pcpus().get(number);
    PcpuStatistics is = now.pcpus().get(number);
    double share = is.vcpus().stream().mapToDouble(vcpu -> now.share(vcpu.name(), before)).sum();
    return "%-12d %-10s %5.1f%% %5.1f%% %8.0f"
        .formatted(
            number,
            is.policy(),
            100 * share,
            (is.executed() - was.executed()) / 1e7 / seconds,
            (is.worldSwitches() - was.worldSwitches()) / seconds);
  }

  /**
   * Bytes of the host's memory that a machine takes up, or what it was given if that is not known.
   */
  private static long resident(SystemStatistics now, int vm) {
    VmSnapshot snapshot = now.vms().get(vm);
    return now.board().memory().accounts().stream()
        .filter(account -> account.owner().equals(snapshot.name()))
        .mapToLong(account -> account.resident().orElse(account.bytes()))
        .sum();
  }

  private static String row(VmSnapshot before, VmSnapshot now, long resident, double seconds) {
    VmStatistics was = before.statistics();
    VmStatistics is = now.statistics();
    return "%-12s %-10s %5.1f%% %6.0f %5.0f %6.0f %5.0f %9s %8s %3d"
        .formatted(
            now.name(),
            Words.of(now.status()),
            (is.vcpuNanos() - was.vcpuNanos()) / 1e7 / seconds,
            (count(is, "mmio-read", "mmio-write") - count(was, "mmio-read", "mmio-write"))
                / seconds,
            (count(is, "hypercall") - count(was, "hypercall")) / seconds,
            (count(is, "halt") - count(was, "halt")) / seconds,
            (interrupts(is) - interrupts(was)) / seconds,
            wakeUps(now.vcpus()),
            "%d/%d".formatted(resident >> 20, now.memory() >> 20),
            now.restarts());
  }

  /** How late vCPUs begin to execute, in microseconds: of the one that is worst off. */
  private static String wakeUps(List<VcpuReport> vcpus) {
    if (vcpus.stream().allMatch(vcpu -> vcpu.wakeUps().total() == 0)) {
      return "-";
    }
    return "%.0f/%.0f".formatted(worst(vcpus, 0.5), worst(vcpus, 0.99));
  }

  private static double worst(List<VcpuReport> vcpus, double share) {
    return vcpus.stream().mapToLong(vcpu -> vcpu.wakeUps().percentile(share)).max().orElse(0) / 1e3;
  }

  private static long count(VmStatistics statistics, String... reasons) {
    long sum = 0;
    for (String reason : reasons) {
      VmStatistics.ExitCount count = statistics.exits().get(reason);
      sum += count == null ? 0 : count.count();
    }
    return sum;
  }

  private static long interrupts(VmStatistics statistics) {
    return statistics.interrupts().values().stream().mapToLong(Long::longValue).sum();
  }
}

package atoll.front;

import atoll.console.LivePage;
import atoll.image.Words;
import atoll.kernel.MachineMemory;
import atoll.kernel.PcpuStatistics;
import atoll.kernel.PlatformStatistics;
import atoll.kernel.VcpuStatistics;
import atoll.manager.Manager;
import atoll.manager.SystemAction;
import atoll.manager.SystemStatistics;
import atoll.manager.VmReport;
import atoll.vmm.VcpuReport;
import atoll.vmm.VmStatistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The activity of a system's VMs as a table: rates since the page was last drawn, or since the
 * start where that is long ago. One thread at a time uses it.
 */
final class SystemTable implements LivePage {
  private static final int WORDS = 2;

  /** Within the 80 columns of a small terminal; what matters most comes first. */
  private static final List<String> MACHINES =
      List.of(
          "VM", "STATE", "CPU", "MMIO/s", "SBI/s", "HALT/s", "IRQ/s", "WAKE us", "MEM MiB", "RST");

  private static final List<Integer> MACHINE_WIDTHS = List.of(12, 10, 6, 6, 5, 6, 5, 9, 8, 3);

  private static final List<String> CPUS = List.of("CPU", "POLICY", "BUSY", "HOST", "SWITCH/s");

  private static final List<Integer> CPU_WIDTHS = List.of(12, 10, 6, 6, 8);

  /** What was drawn before that was for another look at it. */
  private static final Duration RECENT = Duration.ofSeconds(5);

  private final Manager manager;
  private final BooleanSupplier made;
  private Optional<SystemStatistics> before = Optional.empty();

  /**
   * @param made whether the VMs are there
   */
  SystemTable(Manager manager, BooleanSupplier made) {
    this.manager = manager;
    this.made = made;
  }

  @Override
  public List<String> lines(int columns, int rows) {
    if (!made.getAsBoolean()) {
      return List.of("the VMs are being made");
    }
    SystemStatistics now = manager.perform(new SystemAction.DescribeSystem());
    SystemStatistics was =
        before
            .filter(drawn -> now.elapsed().minus(drawn.elapsed()).compareTo(RECENT) < 0)
            .orElseGet(() -> start(now));
    before = Optional.of(now);
    return table(was, now, columns);
  }

  /** What a system had done at its start. */
  static SystemStatistics start(SystemStatistics now) {
    PlatformStatistics platform = now.platform();
    return new SystemStatistics(
        Duration.ZERO,
        new PlatformStatistics(
            platform.time() - now.elapsed().toNanos(),
            platform.pcpus().stream().map(SystemTable::start).toList(),
            platform.memory()),
        now.vms().stream().map(SystemTable::start).toList(),
        List.of());
  }

  private static PcpuStatistics start(PcpuStatistics now) {
    return new PcpuStatistics(
        now.number(),
        now.policy(),
        now.hostCpu(),
        0,
        0,
        now.vcpus().stream().map(SystemTable::start).toList());
  }

  private static VcpuStatistics start(VcpuStatistics now) {
    return new VcpuStatistics(
        now.name(), now.domain(), now.state(), now.priority(), 0, List.of(), now.wakeUps());
  }

  private static VmReport start(VmReport now) {
    return new VmReport(
        now.name(),
        now.status(),
        0,
        Optional.empty(),
        now.memory(),
        List.of(),
        List.of(),
        VmStatistics.NONE);
  }

  /**
   * The table for two moments, the second later than the first or the same.
   *
   * @param columns how many characters of a line can be seen
   */
  static List<String> table(SystemStatistics before, SystemStatistics now, int columns) {
    double seconds = Math.max(1, now.elapsed().minus(before.elapsed()).toNanos()) / 1e9;
    List<String> lines = new ArrayList<>();
    lines.add(memory(now.platform().memory(), columns));
    lines.add(before.elapsed().isZero() ? cut("rates since the start:", columns) : "");
    lines.addAll(machines(before, now, seconds).lines(columns));
    lines.add("");
    lines.addAll(cpus(before.platform(), now.platform(), seconds).lines(columns));
    return lines;
  }

  private static FittingTable machines(
      SystemStatistics before, SystemStatistics now, double seconds) {
    FittingTable table = new FittingTable(WORDS, MACHINE_WIDTHS);
    table.row(MACHINES);
    for (int i = 0; i < now.vms().size(); i++) {
      table.row(row(before.vms().get(i), now.vms().get(i), resident(now, i), seconds));
    }
    return table;
  }

  private static FittingTable cpus(
      PlatformStatistics before, PlatformStatistics now, double seconds) {
    FittingTable table = new FittingTable(WORDS, CPU_WIDTHS);
    table.row(CPUS);
    for (int n = 0; n < now.pcpus().size(); n++) {
      table.row(cpu(n, before, now, seconds));
    }
    return table;
  }

  private static String memory(MachineMemory.Usage memory, int columns) {
    String amounts = "%d%s MiB".formatted(memory.used() >> 20, SystemText.of(memory));
    String full =
        "machine memory: %s given out, at most %d".formatted(amounts, memory.peak() >> 20);
    String shorter = full.length() <= columns ? full : amounts;
    return cut(shorter, columns);
  }

  private static String cut(String line, int columns) {
    return line.substring(0, Math.min(line.length(), columns));
  }

  private static List<String> cpu(
      int number, PlatformStatistics before, PlatformStatistics now, double seconds) {
    PcpuStatistics was = before.pcpus().get(number);
    PcpuStatistics is = now.pcpus().get(number);
    double share = is.vcpus().stream().mapToDouble(vcpu -> now.share(vcpu.name(), before)).sum();
    return List.of(
        String.valueOf(number),
        is.policy(),
        "%.1f%%".formatted(100 * share),
        "%.1f%%".formatted((is.executed() - was.executed()) / 1e7 / seconds),
        rate(is.worldSwitches() - was.worldSwitches(), seconds));
  }

  /**
   * Bytes of the host's memory that a machine takes up, or what it was given if that is not known.
   */
  private static long resident(SystemStatistics now, int vm) {
    VmReport report = now.vms().get(vm);
    return now.platform().memory().accounts().stream()
        .filter(account -> account.owner().equals(report.name()))
        .mapToLong(account -> account.resident().orElse(account.bytes()))
        .sum();
  }

  private static List<String> row(VmReport before, VmReport now, long resident, double seconds) {
    VmStatistics was = before.statistics();
    VmStatistics is = now.statistics();
    return List.of(
        now.name(),
        Words.of(now.status()),
        "%.1f%%".formatted((is.vcpuNanos() - was.vcpuNanos()) / 1e7 / seconds),
        rate(count(is, "mmio-read", "mmio-write") - count(was, "mmio-read", "mmio-write"), seconds),
        rate(count(is, "hypercall") - count(was, "hypercall"), seconds),
        rate(count(is, "halt") - count(was, "halt"), seconds),
        rate(interrupts(is) - interrupts(was), seconds),
        wakeUps(now.vcpus()),
        "%d/%d".formatted(resident >> 20, now.memory() >> 20),
        String.valueOf(now.restarts()));
  }

  private static String rate(long count, double seconds) {
    return "%.0f".formatted(count / seconds);
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

package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.LatencyHistogram;
import atoll.kernel.MachineMemory;
import atoll.kernel.PcpuStatistics;
import atoll.kernel.PlatformStatistics;
import atoll.kernel.VcpuState;
import atoll.kernel.VcpuStatistics;
import atoll.manager.Manager;
import atoll.manager.SystemStatistics;
import atoll.manager.VmReport;
import atoll.manager.VmStatus;
import atoll.vmm.Outcome;
import atoll.vmm.VcpuReport;
import atoll.vmm.VmStatistics;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SystemTableTest {
  private static final long MIB = 1 << 20;

  /** Two seconds apart, in which everything has grown by known numbers. */
  private static SystemStatistics at(long seconds, long cpuNanos, long exits, long interrupts) {
    VmStatistics statistics =
        new VmStatistics(
            0,
            cpuNanos,
            cpuNanos / 2,
            0,
            0,
            Map.of(
                "mmio-read", new VmStatistics.ExitCount(exits, 0, 0),
                "mmio-write", new VmStatistics.ExitCount(2 * exits, 0, 0),
                "hypercall", new VmStatistics.ExitCount(4 * exits, 0, 0),
                "halt", new VmStatistics.ExitCount(8 * exits, 0, 0)),
            Map.of(),
            Map.of("supervisor timer", interrupts, "supervisor external", interrupts),
            0,
            0,
            0,
            VmStatistics.NONE.mmu(),
            VmStatistics.NONE.translation(),
            Map.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            0,
            "");
    VmReport vm =
        new VmReport(
            "cluster",
            VmStatus.PAUSED,
            3,
            Optional.of(new Outcome.Watchdog()),
            32 * MIB,
            List.of(new VcpuReport(0, 0, VcpuState.PAUSED, latencies())),
            List.of(),
            statistics);
    return new SystemStatistics(
        Duration.ofSeconds(seconds), platform(seconds, cpuNanos), List.of(vm), List.of());
  }

  private static LatencyHistogram.Snapshot latencies() {
    Long[] counts = new Long[500];
    Arrays.fill(counts, 0L);
    counts[0] = 90L;
    int slow = 0;
    while (LatencyHistogram.bound(slow) < 100_000) {
      slow++;
    }
    counts[slow] = 10L;
    return new LatencyHistogram.Snapshot(List.of(counts), 100, 101_000);
  }

  private static PlatformStatistics platform(long seconds, long consumed) {
    VcpuStatistics vcpu =
        new VcpuStatistics(
            "cluster/cpu0", "cluster", VcpuState.PAUSED, 128, consumed, List.of(), latencies());
    return new PlatformStatistics(
        seconds * 1_000_000_000,
        List.of(
            new PcpuStatistics(
                0, "priority", OptionalInt.empty(), 100 * seconds, consumed / 2, List.of(vcpu))),
        new MachineMemory.Usage(
            512 * MIB,
            32 * MIB,
            64 * MIB,
            4,
            List.of(),
            List.of(
                new MachineMemory.Account(
                    "cluster",
                    MachineMemory.Policy.PAGED,
                    32 * MIB,
                    OptionalLong.of(5 * MIB),
                    0))));
  }

  @Test
  void ratesAreOfTheTimeBetweenTwoMoments() {
    List<String> lines = SystemTable.table(at(10, 0, 100, 50), at(12, 500_000_000, 300, 450), 80);
    assertThat(lines.get(0)).isEqualTo("machine memory: 32 of 512 MiB given out, at most 64");
    assertThat(lines.get(3).split(" +"))
        .containsExactly(
            "cluster", "paused", "25.0%", "300", "400", "800", "400", "0/101", "5/32", "3");
    assertThat(lines.get(6).split(" +")).containsExactly("0", "priority", "25.0%", "12.5%", "100");
  }

  @Test
  void headingsStandAboveTheirColumns() {
    List<String> lines = SystemTable.table(at(10, 0, 100, 50), at(12, 500_000_000, 300, 450), 80);
    assertThat(lines.get(2)).hasSameSizeAs(lines.get(3)).hasSizeLessThanOrEqualTo(80);
    assertThat(lines.get(5)).hasSameSizeAs(lines.get(6));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 20, 40, 80})
  void inANarrowWindowWholeColumnsAreLeftOut(int columns) {
    List<String> lines =
        SystemTable.table(at(10, 0, 100, 50), at(12, 500_000_000, 300, 450), columns);
    assertThat(lines).allMatch(line -> line.length() <= columns, "fits " + columns);
    assertThat(lines.get(3)).startsWith("cluster");
  }

  @Test
  void inFortyColumnsTheStateAndTheLoadRemain() {
    List<String> lines = SystemTable.table(at(10, 0, 100, 50), at(12, 500_000_000, 300, 450), 40);
    assertThat(lines.get(0)).isEqualTo("32 of 512 MiB");
    assertThat(lines.get(2).split(" +")).containsExactly("VM", "STATE", "CPU", "MMIO/s");
    assertThat(lines.get(3).split(" +")).containsExactly("cluster", "paused", "25.0%", "300");
  }

  @Test
  void memoryWithoutALimitHasNoSize() {
    var unlimited = new MachineMemory(Long.MAX_VALUE).usage();
    assertThat(unlimited.unlimited()).isTrue();
    assertThat(SystemText.of(unlimited)).isEmpty();
    assertThat(SystemText.of(new MachineMemory(512 * MIB).usage())).isEqualTo(" of 512");
  }

  @Test
  void theFirstTableHasRatesSinceTheStart() {
    SystemStatistics now = at(10, 1_000_000_000, 100, 50);
    List<String> lines = SystemTable.table(SystemTable.start(now), now, 80);
    assertThat(lines.get(1)).isEqualTo("rates since the start:");
    assertThat(lines.get(3).split(" +"))
        .containsExactly(
            "cluster", "paused", "10.0%", "30", "40", "80", "10", "0/101", "5/32", "3");
    assertThat(lines.get(6).split(" +")).containsExactly("0", "priority", "10.0%", "5.0%", "100");
  }

  @Test
  void beforeThereAreMachinesItSaysSo() {
    Manager manager = new Manager(Clock.host(), Effects.host(), name -> null);
    assertThat(new SystemTable(manager, () -> false).lines(80, 24))
        .containsExactly("the VMs are being made");
  }
}

package atoll.kernel;

import static atoll.kernel.Simulation.MS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import atoll.cpu.Exit;
import atoll.host.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class PlatformStatisticsTest {
  @Test
  void sharesOfTimeAreThoseOfTheInterval() {
    try (Simulation s = new Simulation(new RoundRobinPolicy(5 * MS))) {
      s.add("first", s.cpu().busy());
      s.add("late", s.cpu().sleepsUntil(100 * MS).busy());
      var atHalf = new CompletableFuture<PlatformStatistics>();
      s.time.at(100 * MS, () -> atHalf.complete(s.kernel.statistics()));
      s.run(200 * MS);
      PlatformStatistics half = Board.soon(atHalf);
      PlatformStatistics end = s.kernel.statistics();
      assertThat(half.vcpu("first/cpu0").orElseThrow().consumed()).isEqualTo(100 * MS);
      assertThat(end.share("first/cpu0", half)).isCloseTo(0.5, within(0.06));
      assertThat(end.share("late/cpu0", half)).isCloseTo(0.5, within(0.06));
      assertThat(end.share("nobody/cpu0", half)).isZero();
    }
  }

  @Test
  void exitsStateAndPriorityOfEachVcpuAreThere() {
    try (Simulation s = new Simulation(new PriorityPolicy())) {
      TimedCpu cpu = s.cpu().works(MS, Exit.HYPERCALL).works(MS, Exit.HYPERCALL);
      SystemCalls calls = s.add("guest", cpu, SchedulingContext.Reservation.priority(7));
      Board.require(calls.createPortal(3, "calls", (vcpu, exit) -> {}));
      Board.require(calls.bindPortal(Exit.HYPERCALL, 3));
      s.run(10 * MS);
      VcpuStatistics vcpu = s.kernel.statistics().vcpu("guest/cpu0").orElseThrow();
      assertThat(vcpu.domain()).isEqualTo("guest");
      assertThat(vcpu.state()).isEqualTo(VcpuState.HALTED);
      assertThat(vcpu.priority()).isEqualTo(7);
      assertThat(vcpu.exits().get(Exit.HYPERCALL)).isEqualTo(2);
      assertThat(vcpu.exits().get(Exit.HALT)).isEqualTo(1);
      assertThat(vcpu.consumed()).isEqualTo(2 * MS);
    }
  }

  @Test
  void worldSwitchesBetweenDifferentVcpusAreCounted() {
    try (Simulation s = new Simulation(new RoundRobinPolicy(5 * MS))) {
      s.add("a", s.cpu().busy());
      s.add("b", s.cpu().busy());
      int turns = Simulation.joined(s.run(100 * MS)).size();
      PcpuStatistics pcpu = s.kernel.statistics().pcpus().getFirst();
      assertThat(pcpu.worldSwitches()).isEqualTo(turns - 1);
      assertThat(pcpu.policy()).isEqualTo("round-robin");
      assertThat(pcpu.hostCpu()).isEmpty();
    }
  }

  @Test
  void oneVcpuAloneIsNeverSwitched() {
    try (Simulation s = new Simulation(new RoundRobinPolicy(5 * MS))) {
      s.add("a", s.cpu().periodic(MS, 1_000).forEver());
      s.run(100 * MS);
      assertThat(s.kernel.statistics().pcpus().getFirst().worldSwitches()).isZero();
    }
  }

  @Test
  void cpusAreToldWhenTheyLoseAndGetThePcpu() {
    try (Simulation s = new Simulation(new RoundRobinPolicy(5 * MS))) {
      TimedCpu a = s.cpu().busy();
      TimedCpu b = s.cpu().busy();
      s.add("a", a);
      s.add("b", b);
      s.run(50 * MS);
      long switches = s.kernel.statistics().pcpus().getFirst().worldSwitches();
      assertThat((long) a.loads.get() + b.loads.get()).isEqualTo(switches + 1);
      assertThat(a.held).isNotEqualTo(b.held);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void pcpuBoundToAHostCpuRunsThereAndSaysSo() {
    var allowed = new CompletableFuture<String>();
    var config = List.of(new PcpuConfig(new DedicatedPolicy(), OptionalInt.of(0)));
    var memory = new MachineMemory(Long.MAX_VALUE);
    var clock = Clock.host();
    var kernel = new Microkernel(clock, config, memory, Idle.PARKING);
    try (Board board = new Board(kernel, new FakeCpu())) {
      Board.require(board.calls.start(10, () -> allowed.complete(allowedCpus())));
      assertThat(Board.soon(allowed)).isEqualTo("0");
      assertThat(kernel.statistics().pcpus().getFirst().hostCpu()).hasValue(0);
    }
  }

  @Test
  void pcpuThatTheHostCannotBindRunsUnbound() {
    var running = new CompletableFuture<Void>();
    var config = List.of(new PcpuConfig(new DedicatedPolicy(), OptionalInt.of(1_000_000)));
    var clock = Clock.host();
    var memory = new MachineMemory(Long.MAX_VALUE);
    var kernel = new Microkernel(clock, config, memory, Idle.PARKING);
    try (Board board = new Board(kernel, new FakeCpu())) {
      Board.require(board.calls.start(10, () -> running.complete(null)));
      Board.soon(running);
      assertThat(kernel.statistics().pcpus().getFirst().hostCpu()).isEmpty();
    }
  }

  private static String allowedCpus() {
    try {
      return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
          .filter(line -> line.startsWith("Cpus_allowed_list:"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
